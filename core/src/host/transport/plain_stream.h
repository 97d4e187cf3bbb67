#pragma once

#include <utility>

#include "host/transport/stream.h"

namespace netkit {

/// The socket's bytes as they are: TCP and Unix sockets.
class PlainStream final : public Stream {
 public:
  explicit PlainStream(UniqueFd socket) : Stream(std::move(socket), true) {}

  ssize_t receive(std::span<char> into) override;
  ssize_t send(std::string_view bytes, bool more) override;
  void end_sending() override;
  void close(bool reset) override;
};

}  // namespace netkit
