#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/intrusive_list.h"

namespace netkit {

/// Deadlines of many channels, coarse and cheap: a hashed timing wheel (Varghese and Lauck, 1987) of intrusive lists.
/// Setting, moving and cancelling are O(1) and allocate nothing. A deadline beyond one turn of the wheel is looked at
/// once a turn. Owners that move their deadline often leave it be and reset it when it comes up too early.
class DeadlineWheel {
 public:
  /// A place in the wheel; part of what it belongs to. Cancels itself when destroyed.
  using Node = ListNode<DeadlineWheel>;

  static constexpr std::chrono::milliseconds kTick{50};

  explicit DeadlineWheel(TimePoint now) : start_(now) {}

  /// Comes up at the first tick that is not before `due`.
  void set(Node& node, TimePoint due) {
    node.unlink();
    std::int64_t tick = tick_of(due) + 1;
    if (tick <= current_) tick = current_ + 1;
    if (tick > current_ + kSlots - 1) tick = current_ + kSlots - 1;
    if (tick < next_) set_next(tick);
    slot(tick).push_back(node);
  }

  /// Unlinks every node that has come up and calls `expired(node)`, which may set it again.
  template <class Expired>
  void expire(TimePoint now, Expired expired) {
    if (now < next_due_) return;
    const std::int64_t last = tick_of(now);
    if (last - current_ > kSlots) current_ = last - kSlots;
    while (current_ < last) {
      ++current_;
      Slot due;
      due.take_all(slot(current_));
      while (Node* const node = due.pop_front()) expired(*node);
    }
    find_next();
  }

  /// No deadline comes up before this; TimePoint::max() if there is none.
  TimePoint next() const { return next_due_; }

 private:
  using Slot = IntrusiveList<DeadlineWheel>;

  static constexpr std::int64_t kSlots = 512;
  static constexpr std::int64_t kNever = INT64_MAX;

  std::int64_t tick_of(TimePoint time) const { return (time - start_) / kTick; }

  Slot& slot(std::int64_t tick) { return slots_[static_cast<std::size_t>(tick % kSlots)]; }

  void set_next(std::int64_t tick) {
    next_ = tick;
    next_due_ = start_ + tick * kTick;
  }

  void find_next() {
    next_ = kNever;
    next_due_ = TimePoint::max();
    for (std::int64_t tick = current_ + 1; tick < current_ + kSlots; ++tick) {
      if (!slot(tick).empty()) {
        set_next(tick);
        return;
      }
    }
  }

  TimePoint start_;
  std::int64_t current_ = 0;  // ticks up to here have been expired
  std::int64_t next_ = kNever;
  TimePoint next_due_ = TimePoint::max();  // when next_ comes
  std::array<Slot, kSlots> slots_;
};

}  // namespace netkit
