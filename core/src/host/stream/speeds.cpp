#include "host/stream/speeds.h"

#include <algorithm>
#include <utility>

namespace netkit {

std::unique_ptr<Speeds> Speeds::make(std::unique_ptr<RateLimiter> most, const Limits& limits) {
  const bool has_least = limits.least_received.count > 0 || limits.least_sent.count > 0;
  if (!most && !has_least) return nullptr;
  std::optional<Paces> least;
  if (has_least) least.emplace(Paces{Pace(limits.least_received), Pace(limits.least_sent)});
  return std::unique_ptr<Speeds>(new Speeds(std::move(most), least));
}

const char* Speeds::missed(const Moved& moved, TimePoint now) {
  const char* limit = nullptr;
  if (!least_->received.keeps(moved.receiving, moved.received_bytes, now)) limit = "limits.least_received";
  if (!least_->sent.keeps(moved.sending, moved.sent_bytes, now)) limit = "limits.least_sent";
  return limit;
}

TimePoint Speeds::next_look() const { return std::min(least_->received.next_look(), least_->sent.next_look()); }

}  // namespace netkit
