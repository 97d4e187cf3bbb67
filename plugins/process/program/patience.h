#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace netkit::process {

/// How long a program that owes something has not moved. Loop thread only.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Patience(std::chrono::nanoseconds timeout) : timeout_(timeout) {}

  /// It has moved, or owes something from now on.
  void restart(Clock::time_point now) { moved_ = now; }
  /// It has moved, as of the next look: asking the clock at each answer would cost as much as the answer.
  void note_answer() { answered_ = true; }

  /// True if it has not moved for too long. `taken`: how many bytes of its input it has taken so far; more than at the
  /// last look is a move unless it `owes_answer`.
  bool is_over(std::uint64_t taken, bool owes_answer, Clock::time_point now) {
    const bool took = std::exchange(taken_, taken) < taken && !owes_answer;
    if (std::exchange(answered_, false) || took) moved_ = now;
    return now - moved_ >= timeout_;
  }
  /// When to look again.
  Clock::time_point next_look(Clock::time_point now) const {
    return std::min<Clock::time_point>(moved_ + timeout_, now + timeout_ / kLooks);
  }

 private:
  static constexpr int kLooks = 8;  // in the time that a program has for an answer

  const std::chrono::nanoseconds timeout_;
  Clock::time_point moved_ = Clock::now();
  bool answered_ = false;
  std::uint64_t taken_ = 0;
};

}  // namespace netkit::process
