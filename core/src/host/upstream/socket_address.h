#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace netkit {

/// An address to connect to.
struct SocketAddress {
  ::sockaddr_storage bytes{};
  ::socklen_t size = 0;

  const ::sockaddr* get() const { return reinterpret_cast<const ::sockaddr*>(&bytes); }
  int family() const { return bytes.ss_family; }
};

/// The addresses of a host in the order of preference, or why there are none.
struct ResolvedHost {
  std::vector<SocketAddress> addresses{};
  std::string error{};
};

bool is_numeric_host(const std::string& host);
/// Waits for the system's resolver unless the host is numeric.
ResolvedHost resolve_host(const std::string& host, std::uint16_t port);
/// Throws std::invalid_argument for a path that is too long for a Unix socket.
SocketAddress unix_address(const std::string& path);

}  // namespace netkit
