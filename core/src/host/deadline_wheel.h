#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "admission/clock.h"

namespace netkit {

/// Deadlines of many channels, coarse and cheap: a hashed timing wheel (Varghese and Lauck, 1987) of intrusive lists.
/// Setting, moving and cancelling are O(1) and allocate nothing. A deadline beyond one turn of the wheel is looked at
/// once a turn. Owners that move their deadline often leave it be and reset it when it comes up too early.
class DeadlineWheel {
 public:
  /// A place in the wheel; part of what it belongs to. Cancels itself when destroyed.
  struct Node {
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node() { unlink(); }
    bool linked() const { return next != nullptr; }
    void unlink() {
      if (!linked()) return;
      previous->next = next;
      next->previous = previous;
      previous = next = nullptr;
    }
    Node* previous = nullptr;
    Node* next = nullptr;
  };

  static constexpr std::chrono::milliseconds kTick{50};

  explicit DeadlineWheel(TimePoint now) : start_(now) {
    for (Node& slot : slots_) slot.previous = slot.next = &slot;
  }
  ~DeadlineWheel() {
    for (Node& slot : slots_) {
      while (slot.next != &slot) slot.next->unlink();
      slot.previous = slot.next = nullptr;
    }
  }
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  /// Comes up at the first tick that is not before `due`.
  void set(Node& node, TimePoint due) {
    node.unlink();
    std::int64_t tick = tick_of(due) + 1;
    if (tick <= current_) tick = current_ + 1;
    if (tick > current_ + kSlots - 1) tick = current_ + kSlots - 1;
    if (tick < next_) next_ = tick;
    Node& slot = slots_[static_cast<std::size_t>(tick % kSlots)];
    node.previous = slot.previous;
    node.next = &slot;
    slot.previous->next = &node;
    slot.previous = &node;
  }

  /// Unlinks every node that has come up and calls `expired(node)`, which may set it again.
  template <class Expired>
  void expire(TimePoint now, Expired expired) {
    const std::int64_t last = tick_of(now);
    if (last < next_) return;
    if (last - current_ > kSlots) current_ = last - kSlots;
    while (current_ < last) {
      ++current_;
      Node due;
      splice(slots_[static_cast<std::size_t>(current_ % kSlots)], due);
      while (due.next != &due) {
        Node& node = *due.next;
        node.unlink();
        expired(node);
      }
      due.previous = due.next = nullptr;
    }
    find_next();
  }

  /// No deadline comes up before this; TimePoint::max() if there is none.
  TimePoint next() const { return next_ == kNever ? TimePoint::max() : start_ + next_ * kTick; }

 private:
  static constexpr std::int64_t kSlots = 512;
  static constexpr std::int64_t kNever = INT64_MAX;

  std::int64_t tick_of(TimePoint time) const { return (time - start_) / kTick; }

  static void splice(Node& slot, Node& into) {
    if (slot.next == &slot) {
      into.previous = into.next = &into;
      return;
    }
    into.next = slot.next;
    into.previous = slot.previous;
    into.next->previous = into.previous->next = &into;
    slot.previous = slot.next = &slot;
  }

  void find_next() {
    next_ = kNever;
    for (std::int64_t tick = current_ + 1; tick < current_ + kSlots; ++tick) {
      const Node& slot = slots_[static_cast<std::size_t>(tick % kSlots)];
      if (slot.next != &slot) {
        next_ = tick;
        return;
      }
    }
  }

  TimePoint start_;
  std::int64_t current_ = 0;  // ticks up to here have been expired
  std::int64_t next_ = kNever;
  std::array<Node, kSlots> slots_;
};

}  // namespace netkit
