#include "server/ports/bind.h"

#include <Poco/Exception.h>
#include <Poco/Net/DatagramSocketImpl.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/NetworkInterface.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/nearest.h"
#include "server/ports/stale_socket.h"

namespace netkit {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SocketAddress;

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

SocketAddress to_poco(const Address& address) {
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  return {IPAddress(host, address.ipv6 ? IPAddress::IPv6 : IPAddress::IPv4), address.port};
}

/// Sets the two flags that Poco does not set on its sockets.
void set_flags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Bytes that the kernel accepts beyond what it can send now. By default it accepts megabytes (net.ipv4.tcp_wmem) for a
// slow reader; allocating and freeing those delays every connection of the loop.
constexpr int kMostUnsent = 128 << 10;

/// Accepted connections inherit these options, which saves a system call per connection.
void set_stream_options(Poco::Net::SocketImpl& socket) {
  socket.setOption(IPPROTO_TCP, TCP_NODELAY, 1);
  socket.setOption(IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMostUnsent);
  socket.setOption(SOL_SOCKET, SO_KEEPALIVE, 1);
}

/// True if `address` belongs to one interface. A wildcard, broadcast or multicast address does not.
bool is_of_an_interface(const IPAddress& address) {
  const Poco::Net::NetworkInterface::List interfaces = Poco::Net::NetworkInterface::list();
  return std::any_of(interfaces.begin(), interfaces.end(), [&](const Poco::Net::NetworkInterface& each) {
    const IPAddress& own = each.address();  // has a scope, which the other may lack
    return own.family() == address.family() && std::memcmp(own.addr(), address.addr(), address.length()) == 0;
  });
}

/// Asks for the destination address of each datagram, unless there is only one: the kernel does a route lookup for each
/// answer that sets its source address.
void set_datagram_options(Poco::Net::SocketImpl& socket, const IPAddress& bound) {
  const int wanted = is_of_an_interface(bound) ? 0 : 1;
  if (bound.family() == IPAddress::IPv6) {
    socket.setOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, wanted);
  } else {
    socket.setOption(IPPROTO_IP, IP_PKTINFO, wanted);
  }
}

/// Turns a descriptor into a Poco listening socket, which Poco's public interface cannot do.
class AdoptedImpl final : public Poco::Net::ServerSocketImpl {
 public:
  explicit AdoptedImpl(int fd) { reset(fd); }
};

class AdoptedSocket final : public Poco::Net::ServerSocket {
 public:
  explicit AdoptedSocket(int fd) : ServerSocket(new AdoptedImpl(fd), true) {}
};

class AdoptedDatagramSocket final : public Poco::Net::DatagramSocket {
 public:
  explicit AdoptedDatagramSocket(int fd) : DatagramSocket(new Poco::Net::DatagramSocketImpl(fd)) {}
};

std::string reason_of_unix(const std::string& path, const Poco::Exception& error) {
  const std::string folder = in_quotes(std::filesystem::path(path).parent_path().string());
  switch (error.code()) {
    case EADDRINUSE:
      return "the path is in use by another program";
    case EACCES:
    case EPERM:
      return "not permitted to make a file in " + folder;
    case ENOENT:
      return "there is no folder " + folder;
    case ENOTDIR:
      return folder + " is no folder";
    case EROFS:
      return folder + " is on a file system that is only read";
    default:
      return error.displayText();
  }
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
    // Not the constructor with an address: it sets SO_REUSEPORT, and a second server would silently share the port.
    Poco::Net::ServerSocket socket;
    const SocketAddress local = to_poco(address);
    if (address.ipv6) {
      socket.bind6(local, true, false, true);
    } else {
      socket.bind(local, true, false);
    }
    set_flags(socket.impl()->sockfd());
    set_stream_options(*socket.impl());
    socket.listen(kBacklog);
    return socket;
  } catch (const Poco::Exception& error) {
    fail("tcp", address, error);
  }
}

Poco::Net::DatagramSocket bind_udp(const Address& address) {
  try {
    Poco::Net::DatagramSocket socket(address.ipv6 ? IPAddress::IPv6 : IPAddress::IPv4);
    if (address.ipv6) socket.impl()->setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    const SocketAddress local = to_poco(address);
    set_datagram_options(*socket.impl(), local.host());
    socket.bind(local, false, false);
    set_flags(socket.impl()->sockfd());
    return socket;
  } catch (const Poco::Exception& error) {
    fail("udp", address, error);
  }
}

UnixSocket bind_unix(const Address& address, const FileAccess& access) {
  try {
    remove_stale_socket(address.path);
    Poco::Net::ServerSocket socket;
    socket.bind(SocketAddress(SocketAddress::UNIX_LOCAL, address.path), false, false);
    SocketFile file(address.path, SocketFile::Keeper::us);
    set_flags(socket.impl()->sockfd());
    file.set(access);  // connections before listen() are refused
    socket.listen(kBacklog);
    return {socket, std::move(file)};
  } catch (const Poco::Exception& error) {
    throw BindError("cannot listen on unix " + address.path + ": " + reason_of_unix(address.path, error));
  }
}

Poco::Net::ServerSocket adopt_tcp(int fd) {
  AdoptedSocket socket(fd);
  set_flags(fd);
  set_stream_options(*socket.impl());
  return socket;
}

Poco::Net::DatagramSocket adopt_udp(int fd) {
  AdoptedDatagramSocket socket(fd);
  set_flags(fd);
  set_datagram_options(*socket.impl(), socket.address().host());
  return socket;
}

Poco::Net::ServerSocket adopt_unix(int fd) {
  AdoptedSocket socket(fd);
  set_flags(fd);
  return socket;
}

}  // namespace netkit
