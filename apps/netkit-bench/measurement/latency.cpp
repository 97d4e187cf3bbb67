#include "netkit-bench/measurement/latency.h"

#include <algorithm>
#include <cmath>

namespace netkit::bench {
namespace {

constexpr double kLeast = 1e2;  // nanoseconds
constexpr double kMost = 1e12;
constexpr unsigned kBins = 2400;  // each 0.96 % wide: the middle of a bin is within 0.5 % of all its values

}  // namespace

Latency::Latency() : histogram_(Axis(kBins, kLeast, kMost)) {}

void Latency::add(Duration taken, std::size_t count) {
  const auto nanoseconds = static_cast<double>(taken.count());
  histogram_(boost::histogram::weight(count), std::clamp(nanoseconds, kLeast, kMost * (1 - 1e-9)));
  count_ += count;
  most_ = std::max(most_, taken);
}

Duration Latency::quantile(double fraction) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (auto&& bin : boost::histogram::indexed(histogram_)) {
    seen += *bin;
    if (seen == 0 || seen < wanted) continue;
    const double middle = std::sqrt(bin.bin().lower() * bin.bin().upper());
    return std::min(most_, Duration(static_cast<Duration::rep>(middle)));
  }
  return most_;
}

}  // namespace netkit::bench
