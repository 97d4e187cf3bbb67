#pragma once

#include <memory>

#include "config/model/config.h"
#include "host/listener/listener_context.h"
#include "plugin/loader.h"
#include "server/listeners/listener_handler.h"

namespace netkit {

/// What all transports of a listener share.
struct SharedParts {
  std::shared_ptr<ListenerHandler> handler;
  std::shared_ptr<ConcurrencyLimiter> call_limiter;  ///< Null: no limit on calls.
  std::shared_ptr<const TlsServerContext> tls;       ///< Null: no transport uses TLS.
};

/// What the config says of one transport of a listener, with the types of `loader` made into codecs. Throws what the
/// types throw.
ListenerSettings make_settings(const ListenerConfig& config, const TransportConfig& transport,
                               const SharedParts& shared, PluginLoader& loader);

}  // namespace netkit
