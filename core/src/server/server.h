#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/admin/admin_endpoint.h"
#include "server/admin/listener_directory.h"
#include "server/listeners/listener_drain.h"
#include "server/listeners/listener_factory.h"
#include "server/listeners/listener_set.h"
#include "server/loop_group.h"
#include "server/memory/reaper.h"
#include "server/ports/passed_sockets.h"
#include "server/ports/port_table.h"
#include "server/reload/reload_plan.h"

namespace netkit {

/// A running netkit-server: event loops, worker pool, and the listeners of the config applied last. Main thread only.
/// The destructor aborts what still runs.
class Server {
 public:
  /// `log` must outlive the server.
  Server(const EventLoops& loops, HostLog& log, PassedSockets passed = {},
         unsigned worker_threads = ServerConfig().worker_threads);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Makes and discards the handlers and codecs of all listeners. Returns the errors.
  Diagnostics check(const ServerConfig& config, PluginLoader& loader);

  /// Switches from the config applied last to `config` by the steps of `plan`. Makes and binds everything new first; if
  /// any of that fails, changes nothing and returns the errors. Unchanged listeners are not touched. Changed ones keep
  /// their sockets, and their open connections keep the old settings. Sessions on closed sockets are drained, for at
  /// most `timeouts.drain` of their listener.
  Diagnostics apply(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader);

  /// Gives up root if the config names a user, then begins to serve. Throws std::system_error, without serving, if root
  /// cannot be given up.
  void start();

  /// Returns one line per bound socket: `listening NAME tcp 127.0.0.1:8080 framing=raw handler=echo`.
  std::vector<std::string> listening() const;
  /// The same for one listener.
  std::vector<std::string> listening(const std::string& name) const;

  /// Returns the counters of each listener and transport that has counted anything.
  std::vector<ListenerTotals> totals() const { return listeners_.totals(); }

  PortTable& ports() { return ports_; }

  /// What it serves, for other threads.
  const ListenerDirectory& directory() const { return directory_; }
  const ServerState& state() const { return state_; }
  const std::vector<EventLoop*>& loops() const { return loops_.all(); }
  const WorkerPool& workers() const { return workers_; }

  /// Opens the admin endpoint, which is served from start() until stop() has ended all else. Returns the error, if any.
  Diagnostics open_admin(const AdminConfig& config, Administration& administration);

  /// Stops or goes on accepting connections of a listener and reading its datagrams; conversations go on. A reload
  /// keeps a pause. False if there is no listener of that name.
  bool pause(const std::string& name, bool paused);
  /// Pauses a listener, and drains its conversations for at most its `timeouts.drain`. Likewise.
  bool drain(const std::string& name);

  /// Destroys ended contexts and aborts overdue sessions. Call it at due() and when wake_descriptor() is readable.
  void tend();
  TimePoint due() const { return std::min({listener_drain_.next(), reaper_->due(), loops_.due()}); }
  int wake_descriptor() const { return reaper_->descriptor(); }

  /// Stops accepting and serves open connections for `linger`, at most half of the longest `drain` of the config;
  /// drains until that drain is over, then aborts the rest. Polls `hurry`; true ends the waiting. Returns false if a
  /// handler did not return, on a worker or on an event loop: the process must then exit without running destructors.
  bool stop(const std::function<bool()>& hurry, std::chrono::nanoseconds linger = {});
  /// Destroys listeners and handlers, which may have something to say in the log. After stop() has returned true; the
  /// destructor does it too.
  void dismantle();

 private:
  using Listeners = ListenerSet::Listeners;

  Diagnostics settle_identity(const ServerConfig& config);
  Listeners make(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader, Diagnostics& errors);
  void acquire_ports(const Listeners& listeners, Diagnostics& errors);
  void commit(const ServerConfig& config, const Listeners& fresh);
  void serve(const ServedListener& listener);
  void publish();
  void close_listeners();

  HostLog& log_;
  std::chrono::nanoseconds drain_{0};
  std::shared_ptr<Reaper> reaper_;
  ServerState state_;
  WorkerPool workers_;
  LoopGroup loops_;
  Identity identity_ = current_identity();  // what start() switches to
  ListenerFactory factory_;
  ListenerDrain listener_drain_;
  PortTable ports_;
  ListenerSet listeners_;
  ListenerDirectory directory_;
  std::unique_ptr<AdminEndpoint> admin_;  // null without one
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace netkit
