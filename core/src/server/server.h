#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/handover/passed_sockets.h"
#include "server/listener_drain.h"
#include "server/listener_factory.h"
#include "server/ports/port_table.h"
#include "server/reaper.h"
#include "server/reload_plan.h"

namespace netkit {

/// A running netkit-server: loops, workers, and the listeners of the config it was last given. Everything is called
/// from the main thread; the destructor ends what still runs.
class Server {
 public:
  /// `log` outlives the server.
  Server(const EventLoops& loops, HostLog& log, PassedSockets passed = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Makes the handlers and codecs of all listeners and throws them away. Returns what is wrong with them.
  Diagnostics check(const ServerConfig& config, PluginLoader& loader);

  /// Comes to serve `config` by the steps of `plan`, which leads there from the config applied last. Everything new is
  /// made and bound first; if any of that fails, nothing has changed, and what is wrong is returned. Listeners that the
  /// plan keeps are not touched. Changed ones keep their sockets, and their connections go on with what they began
  /// with. Conversations on sockets that are given up are drained, for at most `timeouts.drain` of their listener.
  Diagnostics apply(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader);

  /// Gives up root if the config names a user, and begins to serve. Throws std::system_error if root cannot be given
  /// up; then nothing is served.
  void start();

  /// One line for each bound socket: `listening NAME tcp 127.0.0.1:8080 framing=raw handler=echo`.
  std::vector<std::string> listening() const;
  /// The same for one listener.
  std::vector<std::string> listening(const std::string& name) const;

  /// What was counted for each listener and transport, where anything was.
  std::vector<ListenerTotals> totals() const;

  PortTable& ports() { return ports_; }

  /// Housekeeping: destroys what has ended and aborts what is overdue. To be called when due() has come or
  /// wake_descriptor() is readable.
  void tend();
  TimePoint due() const { return std::min(listener_drain_.next(), reaper_->due()); }
  int wake_descriptor() const { return reaper_->descriptor(); }

  /// Stops accepting; lets conversations go on for `farewell`; lets running answers finish for at most the longest
  /// `drain` of the config, then ends the rest. `hurry` is asked now and then; true ends the waiting. Returns false if
  /// a handler did not end and had to be left behind: the process must then leave without running destructors.
  bool stop(const std::function<bool()>& hurry, std::chrono::nanoseconds farewell = {});

 private:
  using Listeners = std::vector<std::shared_ptr<ServedListener>>;
  using Contexts = std::vector<std::shared_ptr<ListenerContext>>;

  Diagnostics settle_identity(const ServerConfig& config);
  std::shared_ptr<ServedListener> find(const std::string& name) const;
  Listeners make(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader, Diagnostics& errors);
  void pin_loops();
  void acquire_ports(const Listeners& listeners, Diagnostics& errors);
  static void restore_files(const Listeners& listeners);
  void commit(const ServerConfig& config, const Listeners& fresh);
  static Listeners merge(const ServerConfig& config, const Listeners& fresh, const Listeners& running);
  static void give_up(const ServedListener& before, ServedListener* after, Contexts& orphans);
  bool idle() const;
  bool drained() const;

  HostLog& log_;
  std::chrono::nanoseconds drain_{0};
  std::shared_ptr<Reaper> reaper_;
  ServerState state_;
  const bool pin_;
  WorkerPool workers_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  LoopRing ring_;
  Identity identity_ = current_identity();  // from start() on
  ListenerFactory factory_;
  ListenerDrain listener_drain_;
  PortTable ports_;
  Listeners listeners_;  // in the order of the config
  std::atomic<std::size_t> draining_loops_{0};
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace netkit
