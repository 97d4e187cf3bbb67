#include "netkit-bench/load/stream_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

/// Binds to the next of 4,000 loopback addresses. A closed connection blocks its port for a minute, and one address has
/// only some 28,000 ports.
void use_next_loopback_address(int descriptor) {
  static std::uint32_t turn = 0;
  ++turn;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (turn / 250 % 16 << 8) + 1 + turn % 250);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    throw system_error("cannot use another loopback address");
  }
}

timeval in_timeval(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const auto rest = std::chrono::ceil<std::chrono::microseconds>(duration - seconds);
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

}  // namespace

UniqueFd open_stream_socket(const StreamTarget& target) {
  const auto family = target.address.af();
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | (target.wait ? 0 : SOCK_NONBLOCK), 0));
  if (!socket) throw system_error("socket");
  if (target.one_of_many && family == AF_INET && target.address.host().isLoopback()) {
    use_next_loopback_address(socket.get());
  }
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval longest = in_timeval(target.timeout);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  const int connected = ::connect(socket.get(), target.address.addr(), target.address.length());
  if (connected == 0 || (!target.wait && errno == EINPROGRESS)) return socket;
  if (errno == EINPROGRESS) errno = ETIMEDOUT;  // as a blocking connect does after SO_SNDTIMEO
  throw ConnectError(system_error("cannot connect to " + target.name).what());
}

}  // namespace netkit::bench
