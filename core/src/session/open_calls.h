#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "netkit/framing.h"
#include "session/late_answer.h"

namespace netkit {

/// The calls of one conversation that are not answered yet, in the order of their messages. The answers of the first
/// one leave as they are given; those of the others are held until it is their turn.
///
///     message   #7          #8            #9
///     call      open        finished      open
///     answers   leave       held: 2       held: 1
class OpenCalls {
 public:
  struct Call {
    std::uint64_t number;
    bool on_worker = false;  // on_message() has not returned yet
    bool finished = false;
    bool closes = false;      // the conversation ends with it
    bool starts_tls = false;  // TLS begins behind it
    std::vector<LateAnswer> held{};
  };

  bool empty() const { return calls_.empty(); }
  std::size_t size() const { return calls_.size(); }
  Call& front() { return calls_.front(); }
  Call& back() { return calls_.back(); }
  /// The first one is over, and what was held for it has been taken.
  void pop_front() { calls_.pop_front(); }

  /// Keeps an answer until it is the turn of its call.
  void hold(Call& call, LateAnswer answer) {
    const std::size_t weight = answer.weight();
    call.held.push_back(std::move(answer));
    weight_ += weight;
  }
  /// The answers that were held for the first one.
  std::vector<LateAnswer> take_held() {
    for (const LateAnswer& answer : front().held) weight_ -= answer.weight();
    return std::exchange(front().held, {});
  }

  /// Opens a call behind the others.
  Call& open(std::uint64_t number) {
    ++opened_;
    return calls_.emplace_back(Call{.number = number});
  }
  /// How many were opened since the last call.
  std::uint64_t take_opened() { return std::exchange(opened_, 0); }

  /// Null if the call is over.
  Call* find(std::uint64_t number) {
    // Not by index: messages that were answered at once, before any call was open, have numbers of their own.
    const auto found = std::lower_bound(calls_.begin(), calls_.end(), number,
                                        [](const Call& call, std::uint64_t wanted) { return call.number < wanted; });
    return found != calls_.end() && found->number == number ? &*found : nullptr;
  }

  /// The memory that held answers take, in bytes.
  std::size_t weight() const { return weight_; }

 private:
  std::deque<Call> calls_;
  std::size_t weight_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace netkit
