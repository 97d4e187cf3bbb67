#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

#include "host/transport/stream.h"

namespace netkit::testing {

/// A stream without a socket, which takes so many bytes and then no more until there is room again.
class MemoryStream final : public Stream {
 public:
  explicit MemoryStream(std::size_t room_now = std::string::npos) : Stream(UniqueFd(), false), room(room_now) {
    established_ = true;
  }

  ssize_t receive(std::span<char> /*into*/) override {
    errno = EAGAIN;
    return -1;
  }
  ssize_t send(std::string_view bytes, bool more) override {
    if (error != 0 || room == 0) {
      errno = error != 0 ? error : EAGAIN;
      return -1;
    }
    const std::size_t taken = std::min(room, bytes.size());
    sent += bytes.substr(0, taken);
    room -= taken;
    more_follows = more;
    ++writes;
    return static_cast<ssize_t>(taken);
  }
  void end_sending() override {}
  void close(bool /*reset*/) override {}

  std::size_t room;
  int error = 0;  ///< What send() fails with from now on.
  std::string sent;
  int writes = 0;
  bool more_follows = false;  ///< What was said with the last write.
};

}  // namespace netkit::testing
