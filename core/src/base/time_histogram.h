#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ticks.h"

namespace netkit {

/// How long something took, how often: counts for each of some ranges between 10 µs and 10 s, and the sum. Any thread,
/// two atomic additions.
class TimeHistogram {
 public:
  /// The upper bounds of all ranges but the last, in seconds: steps of 1, 2.5 and 5.
  static constexpr std::array<double, 19> kBounds{1e-5,   2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2,
                                                  2.5e-2, 5e-2,   0.1,  0.25, 0.5,    1,    2.5,  5,      10};
  static constexpr std::size_t kRanges = kBounds.size() + 1;

  struct Reading {
    std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(kRanges);
    double seconds = 0;

    Reading& operator+=(const Reading& other);
  };

  /// Some of them, or none, that took so many ticks together: each counts as their mean.
  void add(std::uint64_t count, std::uint64_t all_ticks) {
    std::uint64_t each = all_ticks;
    if (count != 1) {
      if (count == 0) return;
      each /= count;
    }
    counts_[range_of(each)].fetch_add(count, std::memory_order_relaxed);
    ticks_.fetch_add(all_ticks, std::memory_order_relaxed);
  }

  Reading read() const;

 private:
  /// The bounds in ticks.
  struct Scale {
    Scale();
    std::array<std::uint64_t, kRanges> bounds;
    std::array<std::uint8_t, 64> first;  // by the highest bit: the first range that may have such a time
  };
  static const Scale scale;

  /// Between two powers of two there is one bound at most.
  static std::size_t range_of(std::uint64_t time) {
    const std::size_t first = scale.first[static_cast<std::size_t>(63 - std::countl_zero(time | 1))];
    return first + (time > scale.bounds[first] ? 1 : 0);
  }

  std::array<std::atomic<std::uint64_t>, kRanges> counts_{};
  std::atomic<std::uint64_t> ticks_{0};
};

}  // namespace netkit
