#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "config/model/config.h"
#include "config/syntax/diagnostic.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/listeners/listener_handler.h"

namespace netkit {

/// Makes the handler of a listener with its filters. Main thread.
class HandlerFactory {
 public:
  /// Everything given outlives what is made. `spool`: the server's budget of files.
  HandlerFactory(std::shared_ptr<Budget> spool, Executor& workers, std::vector<EventLoop*> loops, HostLog& log,
                 Reaper& reaper)
      : spool_(std::move(spool)), workers_(workers), loops_(std::move(loops)), log_(log), reaper_(reaper) {}

  /// Sets the identity that the server will serve as. Until then the factory assumes the current one.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// The handler of a listener, not made yet: what it starts while it is made has to end with it. `metrics` is null
  /// while a config is only checked.
  std::shared_ptr<ListenerHandler> begin(const ListenerConfig& config, PluginLoader& loader,
                                         std::shared_ptr<ListenerMetrics> metrics) const;

  /// Makes the handler and the filters around it, the last one first. Returns false, and the errors, if one cannot be
  /// made. `loader` is the one that the config was loaded with.
  bool make(const ListenerConfig& config, PluginLoader& loader, ListenerHandler& handler, Diagnostics& errors) const;

 private:
  HandlerContext context_of(const ListenerConfig& config, const HandlerType& type,
                            const std::shared_ptr<const PluginLibrary>& plugin, ListenerHandler& handler) const;

  const std::shared_ptr<Budget> spool_;
  Executor& workers_;
  const std::vector<EventLoop*> loops_;
  HostLog& log_;
  Reaper& reaper_;
  Identity identity_ = current_identity();
};

}  // namespace netkit
