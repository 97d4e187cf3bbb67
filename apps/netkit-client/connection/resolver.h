#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "config/values/address.h"

namespace netkit::client {

/// A socket address of a server.
struct PeerAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::string text;  ///< Numeric, with the port, for messages.

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// The version of IP to use.
enum class IpVersion : std::uint8_t { any, v4, v6 };

/// Finds the addresses of a host, or that of a Unix socket, in the order in which to try them: as the system prefers
/// them (RFC 6724), both families in turn (RFC 8305 section 4). Throws LocalError if there are none.
std::vector<PeerAddress> resolve(const Address& address, IpVersion version);

/// Puts the families in turn, beginning with that of the first address; the order within each stays.
std::vector<PeerAddress> in_turn(std::vector<PeerAddress> addresses);

/// host:port, [v6]:port or [v6%zone]:port in numbers.
std::string numeric_text(const sockaddr* address, socklen_t size);

}  // namespace netkit::client
