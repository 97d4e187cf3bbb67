#include "admission/rate_limiter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "admission/admission.h"

namespace netkit {

std::unique_ptr<RateLimiter> RateLimiter::make(const ConnectionPermit& permit, const PeerAddress& peer) {
  std::unique_ptr<RateBuckets> buckets = permit.admission().rates_for(permit);
  return buckets ? std::make_unique<RateLimiter>(std::move(buckets), permit.admission(), peer) : nullptr;
}

RateLimiter::RateLimiter(std::unique_ptr<RateBuckets> buckets, Admission& admission, const PeerAddress& peer)
    : buckets_(std::move(buckets)), admission_(admission), peer_(peer) {}

RateLimiter::Verdict RateLimiter::over() {
  if (!admission_.enforces(peer_, CloseReason::rate_limit, Admission::kRatesReached)) {
    return Verdict::go;
  }
  return admission_.limits().on_limit == OnLimit::close ? Verdict::close : Verdict::pause;
}

RateLimiter::Verdict RateLimiter::may_read(TimePoint now) { return buckets_->ready(now) > now ? over() : Verdict::go; }

std::size_t RateLimiter::read_size(std::size_t most, TimePoint now) const {
  if (admission_.limits().dry_run) return most;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(buckets_->bytes_now(now), 1, most));
}

std::uint64_t RateLimiter::allowance(TimePoint now) const {
  return admission_.limits().dry_run ? UINT64_MAX : buckets_->messages_now(now);
}

/// Later than now in any case: who is told to pause looks again in the next turn at the soonest.
TimePoint RateLimiter::ready(TimePoint now) const {
  return std::max(buckets_->ready(now), now + std::chrono::milliseconds(1));
}

}  // namespace netkit
