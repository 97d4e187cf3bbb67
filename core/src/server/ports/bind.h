#pragma once

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/ServerSocket.h>

#include "config/config.h"
#include "server/ports/bind_error.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// A listening stream socket: non-blocking, closed on exec, never shared with another process (no SO_REUSEPORT), IPv6
/// without IPv4. Port 0 takes a free one. Throws BindError.
Poco::Net::ServerSocket bind_tcp(const Address& address);

/// A datagram socket likewise. It reports the address each datagram was sent to, if that can be more than one.
Poco::Net::DatagramSocket bind_udp(const Address& address);

/// A listening Unix socket and its file.
struct UnixSocket {
  Poco::Net::ServerSocket socket;
  SocketFile file;
};

/// Binds a path; what is left there of a server that is gone is removed first. The file has `access` before anybody can
/// connect. Throws BindError.
UnixSocket bind_unix(const Address& address, const FileAccess& access);

/// Sockets that another program has bound, with the settings of ours that do not show in their addresses. They own the
/// descriptor from here on.
Poco::Net::ServerSocket adopt_tcp(int fd);
Poco::Net::DatagramSocket adopt_udp(int fd);
Poco::Net::ServerSocket adopt_unix(int fd);

}  // namespace netkit
