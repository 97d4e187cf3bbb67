#include "netkit-client/connection/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "netkit-client/connection/socket_io.h"
#include "netkit-client/connection/tls_connection.h"
#include "netkit-client/failure.h"
#include "tls/error.h"

namespace netkit::client {
namespace {

namespace net = Poco::Net;

/// A plain TCP or Unix socket.
class PlainConnection final : public Connection {
 public:
  explicit PlainConnection(const net::StreamSocket& socket) : socket_(socket) {}

  bool datagrams() const override { return false; }
  Io send(std::string_view bytes) override { return send_stream(descriptor(), bytes); }
  Io receive(std::span<char> into) override { return receive_stream(descriptor(), into); }
  void finish_sending() override { ::shutdown(descriptor(), SHUT_WR); }
  void reset() override {
    reset_at_close(descriptor());
    socket_.close();
  }
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  net::StreamSocket socket_;
};

class UdpConnection final : public Connection {
 public:
  explicit UdpConnection(const net::DatagramSocket& socket) : socket_(socket) {}

  bool datagrams() const override { return true; }
  Io send(std::string_view bytes) override { return send_to(descriptor(), bytes); }
  Io receive(std::span<char> into) override { return receive_from(descriptor(), into); }
  void finish_sending() override {}
  void reset() override { socket_.close(); }
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  net::DatagramSocket socket_;
};

std::vector<net::SocketAddress> resolve(const Address& address) {
  if (!address.path.empty()) {
    if (address.path.size() >= sizeof sockaddr_un::sun_path) throw LocalError("the path is too long for a Unix socket");
    return {net::SocketAddress(net::SocketAddress::UNIX_LOCAL, address.path)};
  }
  // Poco's resolve() does a reverse lookup of a numeric address and then looks up that name: this needs a name server,
  // and may lead to another host.
  if (net::IPAddress numeric; net::IPAddress::tryParse(address.host, numeric)) {
    return {net::SocketAddress(numeric, address.port)};
  }
  std::vector<net::SocketAddress> found;
  try {
    const net::HostEntry host = net::DNS::resolve(address.host);
    for (const net::IPAddress& ip : host.addresses()) found.emplace_back(ip, address.port);
  } catch (const Poco::Exception&) {
    // Reported below: Poco's message would only repeat the name.
  }
  if (found.empty()) throw LocalError("cannot find the address of '" + address.host + "'");
  return found;
}

std::unique_ptr<Connection> connect_udp(const net::SocketAddress& address) {
  net::DatagramSocket socket(address.family());
  socket.connect(address);
  return std::make_unique<UdpConnection>(socket);
}

/// Connects with a blocking connect(2), limited by the send timeout `limit` (0: none); it fails with EAGAIN when that
/// passes. A non-blocking one fails at once if the server's accept queue is full, which Poco's connect with a timeout
/// mistakes for a connect in progress.
void connect_unix(net::StreamSocket& socket, const net::SocketAddress& address, const Poco::Timespan& limit) {
  socket.setSendTimeout(limit);
  if (::connect(socket.impl()->sockfd(), address.addr(), address.length()) == 0) return;
  if (errno == EAGAIN) throw Poco::TimeoutException();
  throw Poco::IOException(address.toString(), errno);
}

net::StreamSocket connect_stream(const net::SocketAddress& address, std::chrono::nanoseconds timeout) {
  net::StreamSocket socket(address.family());
  const Poco::Timespan limit(std::max<Poco::Timespan::TimeDiff>(1000, timeout.count() / 1000));
  if (address.family() == net::SocketAddress::UNIX_LOCAL) {
    connect_unix(socket, address, timeout.count() == 0 ? Poco::Timespan() : limit);
    return socket;
  }
  if (timeout.count() == 0) {
    socket.connect(address);
  } else {
    socket.connect(address, limit);
  }
  socket.setNoDelay(true);
  return socket;
}

std::unique_ptr<Connection> connect_once(const ServerEndpoint& endpoint, const net::SocketAddress& address,
                                         std::chrono::nanoseconds timeout) {
  switch (endpoint.transport) {
    case Transport::udp:
      return connect_udp(address);
    case Transport::tls:
      return std::make_unique<TlsConnection>(connect_stream(address, timeout), endpoint.tls, timeout);
    case Transport::tcp:
    case Transport::unix_socket:
      break;
  }
  return std::make_unique<PlainConnection>(connect_stream(address, timeout));
}

}  // namespace

std::unique_ptr<Connection> connect(const ServerEndpoint& endpoint, std::chrono::nanoseconds timeout) {
  const std::string failed = "cannot connect to " + to_string(endpoint.address) + ": ";
  std::string reason;
  try {
    for (const net::SocketAddress& address : resolve(endpoint.address)) {
      try {
        return connect_once(endpoint, address, timeout);
      } catch (const Poco::TimeoutException&) {
        reason = "no answer in time (--timeout)";
      } catch (const Poco::Exception& error) {
        reason = error.code() != 0 ? std::generic_category().message(error.code()) : error.displayText();
      }
    }
  } catch (const TlsError& error) {
    reason = std::string("--") + error.what();
  } catch (const LocalError& error) {
    reason = error.what();
  }
  throw LocalError(failed + reason);
}

}  // namespace netkit::client
