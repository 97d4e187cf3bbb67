#include "netkit-client/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

namespace net = Poco::Net;

Io failed(int error) { return {Io::Status::failed, 0, std::generic_category().message(error)}; }

/// The result of recv(2) or send(2). Poco's own calls throw for EAGAIN and hide errno, hence the plain ones.
Io result_of(ssize_t count) {
  if (count >= 0) return {Io::Status::done, static_cast<std::size_t>(count), {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Io::Status::would_block, 0, {}};
  return failed(errno);
}

class TcpConnection final : public Connection {
 public:
  explicit TcpConnection(const net::StreamSocket& socket) : socket_(socket) {}

  bool datagrams() const override { return false; }

  Io send(std::string_view bytes) override {
    const ssize_t count = ::send(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return {Io::Status::closed, 0, {}};
    return result_of(count);
  }

  Io receive(std::span<char> into) override {
    const ssize_t count = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
    // EPIPE: the server had ended its side, and then refused what was sent to it.
    if (count == 0 || (count < 0 && errno == EPIPE)) return {Io::Status::closed, 0, {}};
    return result_of(count);
  }

  void finish_sending() override { ::shutdown(descriptor(), SHUT_WR); }

  void reset() override {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
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
  Io send(std::string_view bytes) override {
    return result_of(::send(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT));
  }
  Io receive(std::span<char> into) override {
    return result_of(::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT));
  }
  void finish_sending() override {}
  void reset() override { socket_.close(); }
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  net::DatagramSocket socket_;
};

std::vector<net::SocketAddress> resolve(const Address& address) {
  std::vector<net::SocketAddress> found;
  try {
    const net::HostEntry host = net::DNS::resolve(address.host);
    for (const net::IPAddress& ip : host.addresses()) found.emplace_back(ip, address.port);
  } catch (const Poco::Exception&) {
    // Said below: what Poco's exceptions add is the name once more.
  }
  if (found.empty()) throw LocalError("cannot find the address of '" + address.host + "'");
  return found;
}

std::unique_ptr<Connection> connect_udp(const net::SocketAddress& address) {
  net::DatagramSocket socket(address.family());
  socket.connect(address);
  return std::make_unique<UdpConnection>(socket);
}

std::unique_ptr<Connection> connect_tcp(const net::SocketAddress& address, std::chrono::nanoseconds timeout) {
  net::StreamSocket socket(address.family());
  if (timeout.count() == 0) {
    socket.connect(address);
  } else {
    socket.connect(address, std::max<Poco::Timespan::TimeDiff>(1000, timeout.count() / 1000));
  }
  socket.setNoDelay(true);
  return std::make_unique<TcpConnection>(socket);
}

}  // namespace

std::unique_ptr<Connection> connect(const Endpoint& endpoint, std::chrono::nanoseconds timeout) {
  std::string reason;
  for (const net::SocketAddress& address : resolve(endpoint.address)) {
    try {
      if (endpoint.transport == Transport::udp) return connect_udp(address);
      return connect_tcp(address, timeout);
    } catch (const Poco::TimeoutException&) {
      reason = "no answer in time (--timeout)";
    } catch (const Poco::Exception& error) {
      reason = error.code() != 0 ? std::generic_category().message(error.code()) : error.displayText();
    }
  }
  throw LocalError("cannot connect to " + to_string(endpoint.address) + ": " + reason);
}

}  // namespace netkit::client
