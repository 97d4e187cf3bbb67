#include "netkit-client/connection/socket_io.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace netkit::client {
namespace {

Io result_of(ssize_t count) {
  if (count >= 0) return {Io::Status::done, static_cast<std::size_t>(count), {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Io::Status::would_block, 0, {}};
  return {Io::Status::failed, 0, std::generic_category().message(errno)};
}

}  // namespace

Io receive_from(int socket, std::span<char> into) {
  return result_of(::recv(socket, into.data(), into.size(), MSG_DONTWAIT));
}

Io send_to(int socket, std::string_view bytes) {
  return result_of(::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Io receive_stream(int socket, std::span<char> into) {
  const ssize_t count = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
  // EPIPE: the server ended its side and then rejected what was sent.
  if (count == 0 || (count < 0 && errno == EPIPE)) return {Io::Status::closed, 0, {}};
  return result_of(count);
}

Io send_stream(int socket, std::string_view bytes) {
  const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return {Io::Status::closed, 0, {}};
  return result_of(count);
}

void reset_at_close(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace netkit::client
