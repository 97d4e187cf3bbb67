#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

#include "netkit/unique_fd.h"

namespace netkit::testing {

/// A blocking loopback socket with a bound on every wait, so that a broken host fails a test instead of hanging it.
class TestClient {
 public:
  TestClient(int type, std::uint16_t port) : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  static TestClient tcp(std::uint16_t port) { return {SOCK_STREAM, port}; }
  static TestClient udp(std::uint16_t port) { return {SOCK_DGRAM, port}; }

  void send(std::string_view bytes) {
    do {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } while (!bytes.empty());
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  /// Closes with a reset instead of an end of stream.
  void reset() {
    const ::linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.reset();
  }

  /// What one read gives, empty at the end of the stream (or for an empty datagram).
  std::string receive() {
    if (!readable(kPatience)) throw std::runtime_error("nothing came");
    std::string bytes(std::size_t{128} << 10, '\0');
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) fail("recv");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  std::string receive(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      const std::string more = receive();
      if (more.empty()) throw std::runtime_error("the stream ended after " + std::to_string(bytes.size()) + " bytes");
      bytes += more;
    }
    return bytes;
  }
  std::string receive_all() {
    std::string bytes;
    for (;;) {
      const std::string more = receive();
      if (more.empty()) return bytes;
      bytes += more;
    }
  }
  bool readable(std::chrono::milliseconds patience) const {
    pollfd wait{socket_.get(), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(patience.count())) > 0;
  }
  int fd() const { return socket_.get(); }

 private:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  [[noreturn]] static void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

  UniqueFd socket_;
};

/// Waits for `condition`, looking again and again; false if it does not come true in time.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace netkit::testing
