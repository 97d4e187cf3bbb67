#pragma once

#include <memory>

#include "config/syntax/diagnostic.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/reaper.h"
#include "server/served_listener.h"

namespace netkit {

/// Makes the parts of a listener except its sockets: the handler and a context for each transport. Main thread.
class ListenerFactory {
 public:
  /// Everything given outlives what is made.
  ListenerFactory(ServerState& state, WorkerPool& workers, HostLog& log, std::shared_ptr<Reaper> reaper)
      : state_(state), workers_(workers), log_(log), reaper_(std::move(reaper)) {}

  /// Sets the identity that the server will serve as. Until then the factory assumes the current one.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// Returns null, and the errors, if the handler or a codec cannot be made. `loader` is the one that the config was
  /// loaded with. `before` is the running version of the listener, whose counters continue, or null.
  std::shared_ptr<ServedListener> make(const ListenerConfig& config, PluginLoader& loader, const ServedListener* before,
                                       Diagnostics& errors);

 private:
  /// Shared by all transports of a listener.
  struct SharedParts {
    std::shared_ptr<Handler> handler;
    std::shared_ptr<ConcurrencyLimiter> call_limiter;  // null: no limit on calls
    std::shared_ptr<const TlsServerContext> tls;       // null: no transport uses TLS
  };

  static std::shared_ptr<const TlsServerContext> make_tls(const ListenerConfig& config, Diagnostics& errors);
  SharedParts make_shared_parts(const ListenerConfig& config, PluginLoader& loader);
  std::shared_ptr<ListenerContext> make_context(const ListenerConfig& config, const TransportConfig& transport,
                                                const SharedParts& shared, PluginLoader& loader,
                                                std::shared_ptr<ListenerState> state);

  ServerState& state_;
  WorkerPool& workers_;
  HostLog& log_;
  std::shared_ptr<Reaper> reaper_;
  Identity identity_ = current_identity();
};

}  // namespace netkit
