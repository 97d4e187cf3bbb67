#include "host/rate_guard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/listener_context.h"

namespace netkit {

std::unique_ptr<RateGuard> RateGuard::make(const Place& place, const PeerAddress& peer) {
  std::unique_ptr<RateGate> gate = place.context().admission.rates_for(place);
  return gate ? std::make_unique<RateGuard>(std::move(gate), place.context(), peer) : nullptr;
}

RateGuard::RateGuard(std::unique_ptr<RateGate> gate, ListenerContext& context, const PeerAddress& peer)
    : gate_(std::move(gate)), context_(context), peer_(peer) {}

RateGuard::Verdict RateGuard::over() {
  if (!context_.admission.enforces(peer_, CloseReason::rate_limit, Admission::kRatesReached)) {
    return Verdict::go;
  }
  return context_.limits.on_limit == OnLimit::close ? Verdict::close : Verdict::pause;
}

RateGuard::Verdict RateGuard::may_read(TimePoint now) { return gate_->ready(now) > now ? over() : Verdict::go; }

std::size_t RateGuard::read_size(std::size_t most, TimePoint now) const {
  if (context_.limits.dry_run) return most;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(gate_->bytes_now(now), 1, most));
}

std::uint64_t RateGuard::allowance(TimePoint now) const {
  return context_.limits.dry_run ? UINT64_MAX : gate_->messages_now(now);
}

/// Later than now in any case: who is told to pause looks again in the next turn at the soonest.
TimePoint RateGuard::ready(TimePoint now) const {
  return std::max(gate_->ready(now), now + std::chrono::milliseconds(1));
}

}  // namespace netkit
