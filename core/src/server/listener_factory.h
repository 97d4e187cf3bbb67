#pragma once

#include <memory>

#include "config/syntax/diagnostic.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/reaper.h"
#include "server/served_listener.h"

namespace netkit {

/// Makes what serves a listener, all but its sockets: the handler and, for each transport, the context. Main thread.
class ListenerFactory {
 public:
  /// Everything given outlives what is made.
  ListenerFactory(ServerState& state, WorkerPool& workers, HostLog& log, std::shared_ptr<Reaper> reaper)
      : state_(state), workers_(workers), log_(log), reaper_(std::move(reaper)) {}

  /// Whom the server is to serve as, once it does; until this is called, as whom it runs.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// Null, and what is wrong, if the handler or a codec cannot be made. `loader` is the one the config was loaded with,
  /// `before` what the listener was until now, whose counts go on, or null.
  std::shared_ptr<ServedListener> make(const ListenerConfig& config, PluginLoader& loader, const ServedListener* before,
                                       Diagnostics& errors);

 private:
  /// What the transports of a listener share.
  struct Answering {
    std::shared_ptr<Handler> handler;
    std::shared_ptr<ConcurrencyLimiter> call_limiter;  // null: the handler does not bound its calls
    std::shared_ptr<const TlsServerContext> tls;       // null: no transport of it is tls
  };

  static std::shared_ptr<const TlsServerContext> make_tls(const ListenerConfig& config, Diagnostics& errors);
  Answering make_answering(const ListenerConfig& config, PluginLoader& loader);
  std::shared_ptr<ListenerContext> make_context(const ListenerConfig& config, const TransportConfig& transport,
                                                const Answering& answering, PluginLoader& loader,
                                                std::shared_ptr<ListenerState> past);

  ServerState& state_;
  WorkerPool& workers_;
  HostLog& log_;
  std::shared_ptr<Reaper> reaper_;
  Identity identity_ = current_identity();
};

}  // namespace netkit
