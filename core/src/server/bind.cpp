#include "server/bind.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace netkit {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SocketAddress;

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

SocketAddress to_poco(const Address& address) {
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  return {IPAddress(host, address.ipv6 ? IPAddress::IPv6 : IPAddress::IPv4), address.port};
}

/// Poco sets neither flag on a socket of its own.
void set_flags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

[[noreturn]] void fail(const char* transport, const Address& address, const Poco::Exception& error) {
  const std::string what = std::string("cannot listen on ") + transport + " " + to_string(address) + ": ";
  switch (error.code()) {
    case EADDRINUSE:
      throw BindError(what + "the address is in use by another program");
    case EACCES:
      throw BindError(what + "not permitted; ports below 1024 need root or CAP_NET_BIND_SERVICE");
    case EADDRNOTAVAIL:
      throw BindError(what + "this machine has no such address");
    default:
      throw BindError(what + error.displayText());
  }
}

}  // namespace

Poco::Net::ServerSocket bind_tcp(const Address& address) {
  try {
    // Not the constructor that takes an address: it sets SO_REUSEPORT, and a second server would share the port unseen.
    Poco::Net::ServerSocket socket;
    const SocketAddress local = to_poco(address);
    if (address.ipv6) {
      socket.bind6(local, true, false, true);
    } else {
      socket.bind(local, true, false);
    }
    set_flags(socket.impl()->sockfd());
    // Both are inherited by what is accepted: no system call for each connection.
    socket.impl()->setOption(IPPROTO_TCP, TCP_NODELAY, 1);
    socket.impl()->setOption(SOL_SOCKET, SO_KEEPALIVE, 1);
    socket.listen(kBacklog);
    return socket;
  } catch (const Poco::Exception& error) {
    fail("tcp", address, error);
  }
}

Poco::Net::DatagramSocket bind_udp(const Address& address) {
  try {
    Poco::Net::DatagramSocket socket(address.ipv6 ? IPAddress::IPv6 : IPAddress::IPv4);
    if (address.ipv6) {
      socket.impl()->setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1);
      socket.impl()->setOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    } else {
      socket.impl()->setOption(IPPROTO_IP, IP_PKTINFO, 1);
    }
    socket.bind(to_poco(address), false, false);
    set_flags(socket.impl()->sockfd());
    return socket;
  } catch (const Poco::Exception& error) {
    fail("udp", address, error);
  }
}

}  // namespace netkit
