#pragma once

#include <cstdint>
#include <string>

namespace netkit {

/// Where a socket is bound: a host and a port, or for a Unix socket a path alone.
struct Address {
  std::string host;  ///< Numeric, without brackets.
  std::uint16_t port = 0;
  bool ipv6 = false;
  std::string path{};  ///< Absolute.
};

std::string to_string(const Address& address);  ///< host:port, [v6]:port or the path

/// True for loopback addresses and for paths: nobody else can connect there. A host name is none.
bool is_of_this_machine(const Address& address);

/// Parses host:port or [v6]:port; a host name is resolved by the caller. Throws std::invalid_argument with one line
/// that says what was found and expected.
Address parse_address(const std::string& text);

/// Explains addresses that are written as URLs (tcp://host:port, unix:/path), by throwing std::invalid_argument.
void refuse_url(const std::string& text);

}  // namespace netkit
