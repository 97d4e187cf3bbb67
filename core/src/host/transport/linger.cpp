#include "host/transport/linger.h"

#include <sys/socket.h>

#include <cerrno>

#include "host/transport/stream.h"

namespace netkit {

bool linger_on(Stream& stream, std::span<char> room) {
  const ssize_t count = ::recv(stream.socket(), room.data(), room.size(), 0);
  const bool over = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  return !over && stream.flush();
}

}  // namespace netkit
