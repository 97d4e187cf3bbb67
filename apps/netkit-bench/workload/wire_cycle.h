#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "netkit/buffer.h"
#include "netkit/codec.h"

namespace netkit::bench {

/// An endless cycle of messages, framed once before the run. Message numbers count from 0 and wrap. Immutable; lanes
/// share one.
class WireCycle {
 public:
  /// Frames `bodies`, at least one. Any `batch` consecutive messages are then available as one piece. Throws
  /// std::length_error if the framing cannot carry a body.
  WireCycle(const std::vector<std::string_view>& bodies, Encoder& encoder, std::size_t batch);

  std::size_t messages() const { return messages_; }
  std::size_t bytes() const { return ends_[messages_ - 1]; }  ///< Of one cycle.
  std::size_t batch() const { return ends_.size() - messages_; }

  /// Returns `count` messages, at most batch(), from number `first`, which is less than messages().
  std::string_view piece(std::size_t first, std::size_t count) const {
    const std::size_t begin = first == 0 ? 0 : ends_[first - 1];
    return wire_.view().substr(begin, ends_[first + count - 1] - begin);
  }

  /// Returns one cycle from byte `offset` to its end.
  std::string_view rest(std::size_t offset) const { return wire_.view().substr(offset, bytes() - offset); }

  /// Returns the end of message `number`, in bytes from the begin of the cycle.
  std::size_t end_of(std::size_t number) const { return ends_[number]; }

 private:
  Buffer wire_;
  std::vector<std::size_t> ends_;
  std::size_t messages_;
};

}  // namespace netkit::bench
