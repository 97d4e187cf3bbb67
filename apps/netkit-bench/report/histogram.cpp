#include "netkit-bench/report/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "netkit-bench/report/units.h"

namespace netkit::bench {

void print_histogram(const Latency& latency, std::ostream& out) {
  constexpr double kWidest = 40;
  const std::vector<Latency::Bucket> buckets = latency.buckets();
  std::uint64_t most = 1;
  for (const Latency::Bucket& bucket : buckets) most = std::max(most, bucket.count);
  for (const Latency::Bucket& bucket : buckets) {
    const auto count = static_cast<double>(bucket.count);
    const std::string bar(static_cast<std::size_t>(std::lround(count / static_cast<double>(most) * kWidest)), '#');
    std::array<char, 160> row{};
    std::snprintf(row.data(), row.size(), "  to %8s %12s %6.2f %%  %s", time_text(bucket.upper).c_str(),
                  count_text(count).c_str(),
                  100 * count / static_cast<double>(std::max<std::uint64_t>(1, latency.count())), bar.c_str());
    out << row.data() << '\n';
  }
}

}  // namespace netkit::bench
