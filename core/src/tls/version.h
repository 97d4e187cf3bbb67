#pragma once

#include <array>
#include <string_view>

namespace netkit {

/// The versions of TLS that are spoken, as OpenSSL names them.
inline constexpr std::array<std::string_view, 2> kTlsVersions{"TLSv1.2", "TLSv1.3"};

}  // namespace netkit
