#pragma once

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/ServerSocket.h>

#include "config/model/config.h"
#include "server/ports/bind_error.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// Binds a listening TCP socket: non-blocking, close-on-exec, no SO_REUSEPORT, IPv6 without IPv4. Port 0 picks a free
/// one. Throws BindError.
Poco::Net::ServerSocket bind_tcp(const Address& address);

/// Binds a UDP socket likewise. It reports the destination address of each datagram if there can be more than one.
Poco::Net::DatagramSocket bind_udp(const Address& address);

/// A listening Unix socket and its file.
struct UnixSocket {
  Poco::Net::ServerSocket socket;
  SocketFile file;
};

/// Binds a path; removes the stale file of a dead server first. Sets `access` before anybody can connect. Throws
/// BindError.
UnixSocket bind_unix(const Address& address, const FileAccess& access);

/// Take ownership of a socket that another program has bound, and apply our socket options that are not part of its
/// address.
Poco::Net::ServerSocket adopt_tcp(int fd);
Poco::Net::DatagramSocket adopt_udp(int fd);
Poco::Net::ServerSocket adopt_unix(int fd);

}  // namespace netkit
