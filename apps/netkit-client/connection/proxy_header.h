#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

namespace netkit::client {

/// What --proxy-header says of the source of a connection.
struct ProxySource {
  bool own = false;       ///< The connection's own addresses.
  std::string address{};  ///< Otherwise HOST:PORT in numbers, as the source of the connection.
};

/// Parses `own`, or host:port or [v6]:port in numbers. Throws std::invalid_argument with one line.
ProxySource parse_proxy_source(const std::string& text);

/// Returns the header of version 1 of the PROXY protocol (HAProxy, doc/proxy-protocol.txt) for a connected socket.
/// Throws LocalError if the source's family is not that of the server's address.
std::string proxy_header(const ProxySource& source, int socket);

}  // namespace netkit::client
