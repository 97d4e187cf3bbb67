#include "admission/rate_buckets.h"

#include <algorithm>
#include <span>

namespace netkit {

std::uint64_t RateBuckets::available(Counts what, TimePoint now) const {
  std::uint64_t least = UINT64_MAX;
  for (const Share& share : std::span(shares_).first(count_)) {
    if (share.what == what) least = std::min(least, share.bucket->available(share.size, now));
  }
  return least;
}

void RateBuckets::took(std::uint64_t messages, std::uint64_t bytes, TimePoint now) {
  for (const Share& share : std::span(shares_).first(count_)) {
    const std::uint64_t tokens = share.what == Counts::messages ? messages : bytes;
    if (tokens > 0) share.bucket->charge(share.size, now, static_cast<double>(tokens));
  }
}

TimePoint RateBuckets::ready(TimePoint now) const {
  TimePoint latest = now;
  for (const Share& share : std::span(shares_).first(count_)) {
    latest = std::max(latest, share.bucket->ready(share.size, now));
  }
  return latest;
}

bool RateBuckets::take_datagram(std::uint64_t bytes, TimePoint now) {
  if (ready(now) > now) return false;
  took(1, bytes, now);
  return true;
}

}  // namespace netkit
