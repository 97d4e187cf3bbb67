#include "host/transport/plain_stream.h"

#include <sys/socket.h>

namespace netkit {

ssize_t PlainStream::receive(std::span<char> into) { return ::recv(socket(), into.data(), into.size(), 0); }

ssize_t PlainStream::send(std::string_view bytes, bool more) {
  return ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

void PlainStream::end_sending() { ::shutdown(socket(), SHUT_WR); }

void PlainStream::close(bool reset) {
  if (reset) reset_at_close();
  socket_.reset();
}

}  // namespace netkit
