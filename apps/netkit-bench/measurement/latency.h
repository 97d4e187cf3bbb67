#pragma once

#include <boost/histogram.hpp>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

/// Latencies from 100 ns to 1000 s, each accurate to 0.5 %: a histogram with a logarithmic axis (Boost.Histogram;
/// Debian 12 has no HdrHistogram for C++). The maximum is exact.
class Latency {
 public:
  Latency();

  /// Adds `count` answers that took `taken` each.
  void add(Duration taken, std::size_t count);

  std::uint64_t count() const { return count_; }
  Duration most() const { return most_; }

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
