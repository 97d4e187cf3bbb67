#pragma once

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/ServerSocket.h>

#include <stdexcept>

#include "config/config.h"

namespace netkit {

/// A socket that cannot be had: in use, no such address, not permitted. what() says which and why.
class BindError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A listening stream socket: non-blocking, closed on exec, never shared with another process (no SO_REUSEPORT), IPv6
/// without IPv4. Port 0 takes a free one. Throws BindError.
Poco::Net::ServerSocket bind_tcp(const Address& address);

/// A datagram socket likewise. It reports the address each datagram was sent to, if that can be more than one.
Poco::Net::DatagramSocket bind_udp(const Address& address);

/// Sockets that another program has bound, with the settings of ours that do not show in their addresses. They own the
/// descriptor from here on.
Poco::Net::ServerSocket adopt_tcp(int fd);
Poco::Net::DatagramSocket adopt_udp(int fd);

}  // namespace netkit
