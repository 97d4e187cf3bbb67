#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "config/syntax/diagnostic.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/listeners/listener_handler.h"
#include "server/listeners/served_listener.h"
#include "server/memory/reaper.h"

namespace netkit {

/// Makes the parts of a listener except its sockets: the handler and a context for each transport. Main thread.
class ListenerFactory {
 public:
  /// Everything given outlives what is made.
  ListenerFactory(ServerState& state, WorkerPool& workers, std::vector<EventLoop*> loops, HostLog& log,
                  std::shared_ptr<Reaper> reaper)
      : state_(state), workers_(workers), loops_(std::move(loops)), log_(log), reaper_(std::move(reaper)) {}

  /// Sets the identity that the server will serve as. Until then the factory assumes the current one.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// Returns null, and the errors, if the handler or a codec cannot be made. `loader` is the one that the config was
  /// loaded with. `before` is the running version of the listener, whose counters continue, or null.
  std::shared_ptr<ServedListener> make(const ListenerConfig& config, PluginLoader& loader, const ServedListener* before,
                                       Diagnostics& errors);

  /// Makes a listener as make() does, and destroys it. Nothing runs for it meanwhile.
  void check(const ListenerConfig& config, PluginLoader& loader, Diagnostics& errors);

 private:
  /// Shared by all transports of a listener.
  struct SharedParts {
    std::shared_ptr<ListenerHandler> handler;
    std::shared_ptr<ConcurrencyLimiter> call_limiter;  // null: no limit on calls
    std::shared_ptr<const TlsServerContext> tls;       // null: no transport uses TLS
  };

  static std::shared_ptr<const TlsServerContext> make_tls(const ListenerConfig& config, Diagnostics& errors);
  std::shared_ptr<ListenerHandler> begin_handler(const ListenerConfig& config, PluginLoader& loader,
                                                 std::shared_ptr<ListenerMetrics> metrics);
  bool make_handler(const ListenerConfig& config, PluginLoader& loader, ListenerHandler& handler, Diagnostics& errors);
  HandlerContext context_of(const ListenerConfig& config, const HandlerType& type,
                            const std::shared_ptr<const PluginLibrary>& plugin, ListenerHandler& handler) const;
  std::shared_ptr<ServedListener> complete(const ListenerConfig& config, PluginLoader& loader,
                                           const ServedListener* before, std::shared_ptr<ListenerHandler> handler,
                                           Diagnostics& errors);
  std::shared_ptr<ListenerContext> make_context(const ListenerConfig& config, const TransportConfig& transport,
                                                const SharedParts& shared, PluginLoader& loader,
                                                std::shared_ptr<ListenerState> state);

  ServerState& state_;
  WorkerPool& workers_;
  const std::vector<EventLoop*> loops_;
  HostLog& log_;
  std::shared_ptr<Reaper> reaper_;
  Identity identity_ = current_identity();
};

}  // namespace netkit
