#include "admission/connection_rates.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/listener/listener_context.h"

namespace netkit {

std::unique_ptr<ConnectionRates> ConnectionRates::make(const ConnectionPermit& place, const PeerAddress& peer) {
  std::unique_ptr<RateLimiter> gate = place.context().admission.rates_for(place);
  return gate ? std::make_unique<ConnectionRates>(std::move(gate), place.context(), peer) : nullptr;
}

ConnectionRates::ConnectionRates(std::unique_ptr<RateLimiter> gate, ListenerContext& context, const PeerAddress& peer)
    : gate_(std::move(gate)), context_(context), peer_(peer) {}

ConnectionRates::Verdict ConnectionRates::over() {
  if (!context_.admission.enforces(peer_, CloseReason::rate_limit, Admission::kRatesReached)) {
    return Verdict::go;
  }
  return context_.limits.on_limit == OnLimit::close ? Verdict::close : Verdict::pause;
}

ConnectionRates::Verdict ConnectionRates::may_read(TimePoint now) {
  return gate_->ready(now) > now ? over() : Verdict::go;
}

std::size_t ConnectionRates::read_size(std::size_t most, TimePoint now) const {
  if (context_.limits.dry_run) return most;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(gate_->bytes_now(now), 1, most));
}

std::uint64_t ConnectionRates::allowance(TimePoint now) const {
  return context_.limits.dry_run ? UINT64_MAX : gate_->messages_now(now);
}

/// Later than now in any case: who is told to pause looks again in the next turn at the soonest.
TimePoint ConnectionRates::ready(TimePoint now) const {
  return std::max(gate_->ready(now), now + std::chrono::milliseconds(1));
}

}  // namespace netkit
