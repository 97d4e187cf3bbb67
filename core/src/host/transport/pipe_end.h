#pragma once

#include <utility>

#include "host/transport/stream.h"

namespace netkit {

/// One end of a pipe, which carries bytes in one direction only. The other one does not exist: the caller must not use
/// it.
class PipeEnd final : public Stream {
 public:
  explicit PipeEnd(UniqueFd end) : Stream(std::move(end), true) {}

  ssize_t receive(std::span<char> into) override;
  ssize_t send(std::string_view bytes, bool more) override;
  /// Does nothing: the other end sees the end when this one is closed.
  void end_sending() override {}
  void close(bool reset) override;
  int error() const override;
};

}  // namespace netkit
