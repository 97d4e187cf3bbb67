#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "session/close_reason.h"
#include "session/timeouts.h"

namespace netkit {

/// The deadlines of one connection, as data: it is told what happens, and says which deadline is over or when the next
/// one can be. It asks no clock, so that the times may be any. What happens often only moves a deadline to later, and
/// nothing is done about that until the time comes that was asked for before.
class Deadlines {
 public:
  /// `timeouts` outlive this object.
  Deadlines(const Timeouts& timeouts, TimePoint now);

  /// Bytes have come or gone, or a call has returned.
  void moved(TimePoint now) { last_move_ = now; }
  /// When that was last; at first the beginning.
  TimePoint last_move() const { return last_move_; }
  /// The first byte has come.
  void heard() { heard_ = true; }
  /// Now it is the first byte behind a handshake that is waited for.
  void await_handshake(TimePoint now) {
    heard_ = false;
    begin(silent_since_, timeouts_->first_byte, now);
  }
  TimePoint opened() const { return opened_; }
  /// After anything has moved: whether a part of a message is held, `messages` having come before it.
  void part_held(bool held, std::uint64_t messages, TimePoint now) {
    if (!held) {
      message_since_ = kNever;
    } else if (message_since_ == kNever || messages != messages_) {
      begin(message_since_, timeouts_->message, now);
    }
    messages_ = messages;
  }
  /// Whether the connection is read from. While it is not, the peer cannot be blamed for a message that is not whole.
  void reading(bool on, TimePoint now) {
    if (on && !reading_ && message_since_ != kNever) begin(message_since_, timeouts_->message, now);
    reading_ = on;
  }
  /// Whether answers wait for the peer; `took` if it has just made room for some.
  void answers_wait(bool wait, bool took, TimePoint now) {
    if (!wait) {
      stalled_since_ = kNever;
    } else if (took || stalled_since_ == kNever) {
      begin(stalled_since_, timeouts_->write_stall, now);
    }
  }
  /// After anything has moved: the oldest call that is open, 0 if none is, and whether it may take for ever
  /// if the config says so: a worker is in it, or its handler sees to its end.
  void call_open(std::uint64_t number, bool untimed, TimePoint now) {
    if (number == 0) {
      call_since_ = kNever;
    } else if (call_since_ == kNever || call_ != static_cast<std::uint32_t>(number) || untimed != untimed_) {
      const bool same = call_since_ != kNever && call_ == static_cast<std::uint32_t>(number);
      call_ = static_cast<std::uint32_t>(number);
      untimed_ = untimed;
      begin(call_since_, call_timeout(), same ? call_since_ : now);
    }
  }
  /// No new work is taken; what runs has until the end of timeouts.drain.
  void ending(TimePoint now);
  /// Before ending(): the peer, from whom nothing has come yet, has kTimeToAsk, and half of timeouts.drain at most.
  /// Then Over::drain comes.
  void last_chance(TimePoint now);
  static constexpr std::chrono::nanoseconds kTimeToAsk = std::chrono::seconds(1);
  /// Reading pauses until then; that is neither the peer's idleness nor its slowness.
  void pause(TimePoint until);
  void resume(TimePoint now);

  /// What is over.
  enum class Over : std::uint8_t { nothing, pause, drain, deadline };
  struct Look {
    Over over = Over::nothing;
    CloseReason reason = CloseReason::none;  ///< For Over::deadline, as is the next.
    std::chrono::nanoseconds timeout{};
    /// The reason's detail: `after 60 s`.
    std::string detail() const;
  };
  /// The time that next_look() named has come.
  Look look(TimePoint now);

  /// Somebody else wants next_look() to name that time, too.
  void also_at(TimePoint time) { soonest_ = std::min(soonest_, time); }

  /// When to look next; kNever if that is not sooner than what was said last time.
  TimePoint next_look() {
    if (soonest_ >= asked_) return kNever;
    asked_ = soonest_;
    return asked_;
  }

  static constexpr TimePoint kNever = TimePoint::max();
  /// How long a reply may be kept where timeouts.handler is 0.
  static constexpr std::chrono::nanoseconds kLongestLateAnswer = std::chrono::seconds(60);

 private:
  void begin(TimePoint& since, std::chrono::nanoseconds timeout, TimePoint now) {
    since = now;
    if (timeout.count() > 0) soonest_ = std::min(soonest_, now + timeout);
  }
  /// Whoever may take for ever does so if the config says so; a reply that is kept is lost at some time.
  std::chrono::nanoseconds call_timeout() const {
    return timeouts_->handler.count() == 0 && !untimed_ ? kLongestLateAnswer : timeouts_->handler;
  }
  template <class Visit>
  void for_each(TimePoint now, Visit visit) const;

  const Timeouts* timeouts_;
  TimePoint opened_;
  TimePoint silent_since_;  // until the first byte is heard
  TimePoint last_move_;
  TimePoint message_since_ = kNever;
  std::uint64_t messages_ = 0;
  TimePoint stalled_since_ = kNever;
  TimePoint call_since_ = kNever;
  TimePoint ends_at_ = kNever;
  TimePoint paused_until_ = kNever;
  TimePoint soonest_ = kNever;  // no deadline is sooner
  TimePoint asked_ = kNever;    // next_look() has said so
  std::uint32_t call_ = 0;      // the low bits of its number
  bool untimed_ = false;
  bool last_chance_ = false;  // ends_at_ is that of last_chance()
  bool heard_ = false;
  bool reading_ = true;
};

}  // namespace netkit
