#pragma once

#include <algorithm>
#include <chrono>

namespace netkit::process {

/// How long a program that has ended is not started again: 100 ms, twice as long after each further end, 60 s at most,
/// until it has been of use.
class BackOff {
 public:
  std::chrono::milliseconds next() {
    const std::chrono::milliseconds pause = next_;
    next_ = std::min(next_ * 2, kLongest);
    return pause;
  }
  void reset() { next_ = kShortest; }

 private:
  static constexpr std::chrono::milliseconds kShortest{100};
  static constexpr std::chrono::milliseconds kLongest{60'000};

  std::chrono::milliseconds next_ = kShortest;
};

}  // namespace netkit::process
