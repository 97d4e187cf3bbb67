#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

/// Says when messages are due at a fixed rate, independent of the answers.
class Pacer {
 public:
  /// `rate` is in messages per second.
  Pacer(double rate, Time begin) : nanoseconds_each_(1e9 / rate), begin_(begin) {}

  /// Returns the due time of the next message if it has passed, and moves on to the one after it.
  std::optional<Time> next_due(Time now) {
    const Time due = begin_ + Duration(static_cast<Duration::rep>(static_cast<double>(count_) * nanoseconds_each_));
    if (due > now) return std::nullopt;
    ++count_;
    return due;
  }

  /// Number of messages returned so far.
  std::uint64_t count() const { return count_; }

 private:
  double nanoseconds_each_;
  Time begin_;
  std::uint64_t count_ = 0;
};

}  // namespace netkit::bench
