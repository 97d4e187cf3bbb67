#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "host/conversation/listener_services.h"
#include "host/listener/listener_log.h"
#include "host/listener/listener_metrics.h"
#include "netkit/handler.h"
#include "plugin/library.h"
#include "server/memory/reaper.h"

namespace netkit {

/// The handler of a listener with its filters around it, and what it may use: log and services. When it is destroyed,
/// the services end first, on every loop; only then the main thread destroys the handler and unloads its plugins.
class ListenerHandler {
 public:
  using Plugins = std::vector<std::shared_ptr<const PluginLibrary>>;

  /// `plugins`: of the handler and the filters. `metrics`: null while a config is only checked.
  ListenerHandler(Plugins plugins, std::shared_ptr<ListenerLog> log, std::shared_ptr<ListenerMetrics> metrics,
                  const std::vector<EventLoop*>& loops, Executor& workers, Reaper& reaper)
      : parts_(reaper.watch_over(std::make_unique<Parts>(
            Parts{std::make_shared<const Plugins>(std::move(plugins)), std::move(log), nullptr}))),
        metrics_(std::move(metrics)),
        services_(std::make_shared<ListenerServices>(loops, workers, parts_->log, parts_->plugins)) {}
  ~ListenerHandler() { services_->end(std::move(parts_)); }
  ListenerHandler(const ListenerHandler&) = delete;
  ListenerHandler& operator=(const ListenerHandler&) = delete;

  Log& log() { return *parts_->log; }
  const std::shared_ptr<ListenerMetrics>& metrics() const { return metrics_; }
  const std::shared_ptr<ListenerServices>& services() const { return services_; }
  /// The outermost filter, or the handler itself; null until it is set.
  const std::shared_ptr<Handler>& outermost() const { return parts_->outermost; }
  void wrap(std::shared_ptr<Handler> handler) { parts_->outermost = std::move(handler); }

 private:
  /// Destroyed from the last to the first.
  struct Parts {
    std::shared_ptr<const Plugins> plugins;
    std::shared_ptr<ListenerLog> log;
    std::shared_ptr<Handler> outermost;
  };

  std::shared_ptr<Parts> parts_;
  const std::shared_ptr<ListenerMetrics> metrics_;
  const std::shared_ptr<ListenerServices> services_;
};

}  // namespace netkit
