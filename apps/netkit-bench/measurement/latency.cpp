#include "netkit-bench/measurement/latency.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

std::vector<Latency::Bucket> Latency::buckets() const {
  std::vector<Bucket> buckets;
  double power = kLeast;
  std::size_t step = 0;
  static constexpr std::array<double, 3> kSteps{1, 2, 5};
  std::uint64_t count = 0;
  const auto close = [&] {
    const double upper = power * kSteps[step];
    if (count > 0 || !buckets.empty()) {
      buckets.push_back({Duration(static_cast<Duration::rep>(upper)), std::exchange(count, 0)});
    }
    step = (step + 1) % kSteps.size();
    if (step == 0) power *= 10;
  };
  for (auto&& bin : boost::histogram::indexed(histogram_)) {
    const double middle = std::sqrt(bin.bin().lower() * bin.bin().upper());
    while (middle > power * kSteps[step]) close();
    count += *bin;
  }
  close();
  while (!buckets.empty() && buckets.back().count == 0) buckets.pop_back();
  return buckets;
}

}  // namespace netkit::bench
