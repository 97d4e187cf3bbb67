#include "base/time_histogram.h"

#include <algorithm>

namespace netkit {

const TimeHistogram::Scale TimeHistogram::scale;

TimeHistogram::Scale::Scale() : bounds{}, first{} {
  const double pace = ticks_per_second();
  std::transform(kBounds.begin(), kBounds.end(), bounds.begin(),
                 [pace](double seconds) { return static_cast<std::uint64_t>(seconds * pace); });
  bounds.back() = UINT64_MAX;
  for (std::size_t bit = 0; bit < first.size(); ++bit) {
    const auto range = std::lower_bound(bounds.begin(), bounds.end(), std::uint64_t{1} << bit);
    first[bit] = static_cast<std::uint8_t>(range - bounds.begin());
  }
}

TimeHistogram::Reading TimeHistogram::read() const {
  Reading reading;
  for (std::size_t i = 0; i < kRanges; ++i) reading.counts[i] = counts_[i].load(std::memory_order_relaxed);
  reading.seconds = static_cast<double>(ticks_.load(std::memory_order_relaxed)) / ticks_per_second();
  return reading;
}

TimeHistogram::Reading& TimeHistogram::Reading::operator+=(const Reading& other) {
  for (std::size_t i = 0; i < kRanges; ++i) counts[i] += other.counts[i];
  seconds += other.seconds;
  return *this;
}

}  // namespace netkit
