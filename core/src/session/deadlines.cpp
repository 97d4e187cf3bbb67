#include "session/deadlines.h"

#include <utility>

namespace netkit {
namespace {

using Over = Deadlines::Over;

}  // namespace

Deadlines::Deadlines(const Timeouts& timeouts, TimePoint now)
    : timeouts_(&timeouts), opened_(now), silent_since_(now), last_move_(now) {
  for_each(now, [this](TimePoint due, Look) { soonest_ = std::min(soonest_, due); });
}

std::string Deadlines::Look::detail() const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  return "after " +
         (milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s" : std::to_string(milliseconds) + " ms");
}

void Deadlines::last_chance(TimePoint now) {
  if (ends_at_ != kNever) return;
  last_chance_ = true;
  ends_at_ = now + std::min(kTimeToAsk, timeouts_->drain / 2);
  soonest_ = std::min(soonest_, ends_at_);
}

void Deadlines::ending(TimePoint now) {
  if (ends_at_ != kNever && !std::exchange(last_chance_, false)) return;
  ends_at_ = now + timeouts_->drain;
  soonest_ = std::min(soonest_, ends_at_);
}

void Deadlines::pause(TimePoint until) {
  paused_until_ = until;
  soonest_ = std::min(soonest_, until);
}

void Deadlines::resume(TimePoint now) {
  paused_until_ = kNever;
  moved(now);
}

/// Calls `visit(due, look)` for each deadline that there is now, of two that are due at once the more telling one
/// first.
template <class Visit>
void Deadlines::for_each(TimePoint now, Visit visit) const {
  const auto from = [&](TimePoint since, std::chrono::nanoseconds timeout, CloseReason reason) {
    if (since != kNever && timeout.count() > 0) visit(since + timeout, Look{Over::deadline, reason, timeout});
  };
  if (ends_at_ != kNever) {
    visit(ends_at_, Look{Over::drain});
  } else {
    from(opened_, timeouts_->lifetime, CloseReason::lifetime);
  }
  from(call_since_, call_timeout(), CloseReason::handler_timeout);
  from(stalled_since_, timeouts_->write_stall, CloseReason::write_stall);
  if (paused_until_ != kNever) {
    visit(paused_until_, Look{Over::pause});
    return;
  }
  if (reading_) from(message_since_, timeouts_->message, CloseReason::message_timeout);
  if (!heard_) from(silent_since_, timeouts_->first_byte, CloseReason::first_byte_timeout);
  // A running call is work, not idleness; its own deadline is the handler's.
  from(call_since_ == kNever ? last_move_ : now, timeouts_->idle, CloseReason::idle);
}

Deadlines::Look Deadlines::look(TimePoint now) {
  Look over;
  soonest_ = asked_ = kNever;
  for_each(now, [&](TimePoint due, Look look) {
    if (due <= now && over.over == Over::nothing) over = look;
    soonest_ = std::min(soonest_, due);
  });
  return over;
}

}  // namespace netkit
