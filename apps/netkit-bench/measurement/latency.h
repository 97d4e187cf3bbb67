#pragma once

#include <array>
#include <boost/histogram.hpp>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

/// The quantiles that are reported, with their names.
inline constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

/// Latencies from 100 ns to 1000 s, each accurate to 0.5 %: a histogram with a logarithmic axis (Boost.Histogram;
/// Debian 12 has no HdrHistogram for C++). The maximum is exact.
class Latency {
 public:
  Latency();

  /// Adds `count` answers that took `taken` each.
  void add(Duration taken, std::size_t count);

  std::uint64_t count() const { return count_; }
  Duration most() const { return most_; }

  /// The latencies up to `upper`, beyond the bucket before.
  struct Bucket {
    Duration upper{0};
    std::uint64_t count = 0;
  };
  /// Buckets that end at 1, 2 and 5 times each power of ten, from the first to the last that is not empty.
  std::vector<Bucket> buckets() const;

  /// Returns the latency that `fraction` (0 to 1) of the answers did not exceed; 0 if there are none.
  Duration quantile(double fraction) const;

 private:
  using Axis = boost::histogram::axis::regular<double, boost::histogram::axis::transform::log>;
  using Histogram = boost::histogram::histogram<std::tuple<Axis>, boost::histogram::dense_storage<std::uint64_t>>;

  Histogram histogram_;
  std::uint64_t count_ = 0;
  Duration most_{0};
};

}  // namespace netkit::bench
