#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "netkit/upstream.h"
#include "tls/context.h"
#include "tls/settings.h"

namespace netkit {

/// What a config says of a target besides its framing. Immutable once it is part of a Target.
struct TargetSettings final : TargetCore {
  enum class Transport : std::uint8_t { tcp, udp, tls, unix_socket };

  Transport transport = Transport::tcp;
  std::string host{};  ///< A name or a numeric address, without brackets.
  std::uint16_t port = 0;
  std::string path{};                                     ///< Of a Unix socket; absolute.
  TlsClientSettings tls{};                                ///< For transport tls.
  std::shared_ptr<const TlsClientContext> tls_context{};  ///< Made of `tls` before the target is used.
  /// For resolving the name, connecting and the TLS handshake together.
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);
};

}  // namespace netkit
