#include "host/datagram/service_sources.h"

#include <algorithm>
#include <fstream>

namespace netkit {

std::uint16_t lowest_client_port() {
  static constexpr std::uint16_t kLinux = 32768;  // other systems begin at 49152 (RFC 6335), or as Linux does
  static const std::uint16_t lowest = [] {
    std::uint16_t own = kLinux;
    std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> own;
    return std::min<std::uint16_t>(own, kLinux);
  }();
  return lowest;
}

bool ServiceSources::admit(const PeerAddress& source, const BucketSize& rate, TimePoint now) {
  return bucket_of(source, rate, now).take(rate, now);
}

TokenBucket& ServiceSources::bucket_of(const PeerAddress& source, const BucketSize& rate, TimePoint now) {
  const PeerKey key(source);
  if (const auto found = buckets_.find(key); found != buckets_.end()) return found->second;
  if (buckets_.size() >= kMost) {
    // Those that are full again are as good as new ones.
    const double all = rate.tokens_in(static_cast<double>(rate.period()));
    std::erase_if(buckets_,
                  [&](const auto& one) { return static_cast<double>(one.second.available(rate, now)) >= all; });
  }
  return buckets_.size() < kMost ? buckets_[key] : shared_;
}

}  // namespace netkit
