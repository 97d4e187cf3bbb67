#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "netkit/options.h"

namespace netkit {

/// A rate as buckets need it: a bucket holds the tokens of one period and fills again in one period.
class BucketSize {
 public:
  BucketSize() = default;  ///< No limit.
  explicit BucketSize(const Rate& rate)
      : period_(rate.period.count()),
        per_token_(rate.count == 0 ? 0 : static_cast<double>(rate.period.count()) / static_cast<double>(rate.count)) {}

  bool limited() const { return per_token_ > 0; }
  std::int64_t period() const { return period_; }                       ///< Nanoseconds.
  double time_for(double tokens) const { return per_token_ * tokens; }  ///< To fill so many, in nanoseconds.
  double tokens_in(double nanoseconds) const { return nanoseconds / per_token_; }

 private:
  std::int64_t period_ = 0;
  double per_token_ = 0;
};

/// A token bucket that keeps nothing but the time at which it will be full again, so that it fills by itself and is
/// taken from without a lock: the generic cell rate algorithm (ITU-T I.371). A new bucket is full. The size is told
/// each time, so that a reload can change it. Thread-safe.
class TokenBucket {
 public:
  /// Takes one token if there is one. Without a limit there always is.
  bool take(const BucketSize& size, TimePoint now) {
    if (!size.limited()) return true;
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t then = after(size, full_at, now, 1);
      if (then > ticks(now) + size.period()) return false;
      if (full_at_.compare_exchange_weak(full_at, then, std::memory_order_relaxed)) return true;
    }
  }

  /// Takes `tokens`, whether they are there or not: what is owed has to fill first.
  void charge(const BucketSize& size, TimePoint now, double tokens) {
    if (!size.limited()) return;
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    while (!full_at_.compare_exchange_weak(full_at, after(size, full_at, now, tokens), std::memory_order_relaxed)) {
    }
  }

  /// The whole tokens that are there.
  std::uint64_t available(const BucketSize& size, TimePoint now) const {
    if (!size.limited()) return UINT64_MAX;
    const std::int64_t missing = full_at_.load(std::memory_order_relaxed) - ticks(now);
    const std::int64_t filled = size.period() - (missing > 0 ? missing : 0);
    // A nanosecond more, as a token may have been rounded up to that when it was taken.
    return filled <= 0 ? 0 : static_cast<std::uint64_t>(size.tokens_in(static_cast<double>(filled) + 1));
  }

  /// When there is a token again; not after `now` if there is one.
  TimePoint ready(const BucketSize& size, TimePoint now) const {
    if (!size.limited()) return now;
    const std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    return TimePoint(std::chrono::nanoseconds(after(size, full_at, now, 1) - size.period()));
  }

 private:
  static constexpr double kLongestDebt = 3.6e15;  // a thousand hours: far from what overflows

  static std::int64_t ticks(TimePoint time) { return time.time_since_epoch().count(); }

  /// When the bucket is full again once `tokens` more are taken.
  static std::int64_t after(const BucketSize& size, std::int64_t full_at, TimePoint now, double tokens) {
    const std::int64_t from = full_at > ticks(now) ? full_at : ticks(now);
    return from + static_cast<std::int64_t>(std::min(size.time_for(tokens), kLongestDebt));
  }

  std::atomic<std::int64_t> full_at_{INT64_MIN / 2};  // nanoseconds of the monotonic clock
};

}  // namespace netkit
