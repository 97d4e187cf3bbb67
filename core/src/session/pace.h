#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "netkit/options.h"

namespace netkit {

/// Judges whether bytes that are due move at the least rate that is asked for, over one window after the other. As
/// data: it asks no clock.
class Pace {
 public:
  static constexpr std::chrono::seconds kWindow{5};
  static constexpr TimePoint kNever = TimePoint::max();

  explicit Pace(const Rate& least) : least_(least) {}

  /// After anything has moved, and at next_look(): whether bytes are due, and how many have moved in all. False if too
  /// few have moved in the window that is over.
  bool keeps(bool due, std::uint64_t moved, TimePoint now) {
    if (least_.count <= 0) return true;
    if (due && since_ != kNever && now - since_ < kWindow) return true;
    const bool judged = due && since_ != kNever;
    const std::uint64_t before = from_;
    since_ = due ? now : kNever;
    from_ = moved;
    return !judged || moved - before >= wanted();
  }
  TimePoint next_look() const { return since_ == kNever ? kNever : since_ + kWindow; }

 private:
  std::uint64_t wanted() const {
    return static_cast<std::uint64_t>(static_cast<double>(least_.count) *
                                      std::chrono::duration<double>(kWindow).count() /
                                      std::chrono::duration<double>(least_.period).count());
  }

  Rate least_;
  TimePoint since_ = kNever;
  std::uint64_t from_ = 0;
};

}  // namespace netkit
