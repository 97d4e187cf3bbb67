#include "netkit-client/connection/connection.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "netkit-client/connection/resolver.h"
#include "netkit-client/connection/socket_io.h"
#include "netkit-client/connection/tls_connection.h"
#include "netkit-client/failure.h"
#include "tls/error.h"

namespace netkit::client {
namespace {

/// A plain TCP or Unix socket.
class PlainConnection final : public Connection {
 public:
  explicit PlainConnection(UniqueFd socket) : socket_(std::move(socket)) {}

  bool datagrams() const override { return false; }
  Io send(std::string_view bytes) override { return send_stream(descriptor(), bytes); }
  Io receive(std::span<char> into) override { return receive_stream(descriptor(), into); }
  void finish_sending() override { ::shutdown(descriptor(), SHUT_WR); }
  void reset() override {
    reset_at_close(descriptor());
    socket_.reset();
  }
  int descriptor() const override { return socket_.get(); }

 private:
  UniqueFd socket_;
};

class UdpConnection final : public Connection {
 public:
  explicit UdpConnection(UniqueFd socket) : socket_(std::move(socket)) {}

  bool datagrams() const override { return true; }
  Io send(std::string_view bytes) override { return send_to(descriptor(), bytes); }
  Io receive(std::span<char> into) override { return receive_from(descriptor(), into); }
  void finish_sending() override {}
  void reset() override { socket_.reset(); }
  int descriptor() const override { return socket_.get(); }

 private:
  UniqueFd socket_;
};

/// The first address that there is a way to.
std::unique_ptr<Connection> connect_udp(const std::vector<PeerAddress>& addresses) {
  for (const PeerAddress& address : addresses) {
    UniqueFd socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket && ::connect(socket.get(), address.get(), address.size) == 0) {
      return std::make_unique<UdpConnection>(std::move(socket));
    }
  }
  throw LocalError(std::generic_category().message(errno));
}

UniqueFd connect_stream(const ServerEndpoint& endpoint, std::chrono::nanoseconds timeout, const Tell& tell) {
  std::vector<PeerAddress> addresses = resolve(endpoint.address, endpoint.version);
  UniqueFd socket = addresses.front().family() == AF_UNIX
                        ? dial_unix(addresses.front(), timeout)
                        : Dialer(std::move(addresses), timeout, tell).connect().socket;
  if (endpoint.proxy) {
    const std::string header = proxy_header(*endpoint.proxy, socket.get());
    // So few bytes always fit into an empty send buffer.
    const Io sent = send_stream(socket.get(), header);
    if (sent.status != Io::Status::done || sent.count != header.size())
      throw LocalError("cannot send the PROXY header");
    if (tell) tell("sent the PROXY header: " + header.substr(0, header.size() - 2));
  }
  return socket;
}

std::unique_ptr<Connection> open_connection(const ServerEndpoint& endpoint, std::chrono::nanoseconds timeout,
                                            const Tell& tell) {
  if (endpoint.transport == Transport::udp) return connect_udp(resolve(endpoint.address, endpoint.version));
  UniqueFd socket = connect_stream(endpoint, timeout, tell);
  if (endpoint.transport == Transport::tls) {
    return std::make_unique<TlsConnection>(std::move(socket), endpoint.tls, timeout);
  }
  return std::make_unique<PlainConnection>(std::move(socket));
}

}  // namespace

std::string Connection::peer_address() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  if (::getpeername(descriptor(), address, &size) != 0 || peer.ss_family == AF_UNIX) return {};
  return numeric_text(address, size);
}

std::unique_ptr<Connection> connect(const ServerEndpoint& endpoint, std::chrono::nanoseconds timeout,
                                    const Tell& tell) {
  std::string reason;
  try {
    return open_connection(endpoint, timeout, tell);
  } catch (const TlsError& error) {
    reason = std::string("--") + error.what();
  } catch (const LocalError& error) {
    reason = error.what();
  }
  throw LocalError("cannot connect to " + to_string(endpoint.address) + ": " + reason);
}

}  // namespace netkit::client
