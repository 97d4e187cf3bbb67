#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "netkit-bench/clock.h"

namespace netkit::bench {

/// When messages are due that are sent at a fixed rate, whether answers come or not.
class Pacer {
 public:
  /// `rate` is in messages a second.
  Pacer(double rate, Time begin) : nanoseconds_each_(1e9 / rate), begin_(begin) {}

  /// The time of the next message if it is due by now; the one after it is asked for next.
  std::optional<Time> next_due(Time now) {
    const Time due = begin_ + Duration(static_cast<Duration::rep>(static_cast<double>(count_) * nanoseconds_each_));
    if (due > now) return std::nullopt;
    ++count_;
    return due;
  }

  /// How many were due so far.
  std::uint64_t count() const { return count_; }

 private:
  double nanoseconds_each_;
  Time begin_;
  std::uint64_t count_ = 0;
};

}  // namespace netkit::bench
