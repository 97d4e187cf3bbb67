#pragma once

#include <cstdint>
#include <vector>

#include "admission/address_range.h"

namespace netkit {

/// Whether a PROXY header may or must come first on a connection.
enum class ProxyProtocol : std::uint8_t { off, optional, required };
const char* to_string(ProxyProtocol protocol);

/// The proxies in front of a listener.
struct ProxySettings {
  ProxyProtocol protocol = ProxyProtocol::off;
  std::vector<AddressRange> from{};  ///< Whose headers are believed.
};

}  // namespace netkit
