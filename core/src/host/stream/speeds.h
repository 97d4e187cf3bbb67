#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "admission/limits.h"
#include "admission/rate_limiter.h"
#include "session/pace.h"

namespace netkit {

/// The most and the least that the peer of a connection may send and take. Loop thread.
class Speeds {
 public:
  /// What has moved so far, and whether more is due.
  struct Moved {
    bool receiving = false;  ///< A message has begun and is read.
    std::uint64_t received_bytes = 0;
    bool sending = false;  ///< Answers wait for the peer.
    std::uint64_t sent_bytes = 0;
  };

  /// Null if any speed will do. `most` may be null.
  static std::unique_ptr<Speeds> make(std::unique_ptr<RateLimiter> most, const Limits& limits);

  /// Null if there is none.
  RateLimiter* most() const { return most_.get(); }

  bool has_least() const { return least_.has_value(); }
  /// After anything has moved, and at next_look(): the name of the limit that the peer is too slow for, or null. Only
  /// with has_least(), as the next.
  const char* missed(const Moved& moved, TimePoint now);
  TimePoint next_look() const;

 private:
  struct Paces {
    Pace received;
    Pace sent;
  };

  Speeds(std::unique_ptr<RateLimiter> most, std::optional<Paces> least) : most_(std::move(most)), least_(least) {}

  const std::unique_ptr<RateLimiter> most_;
  std::optional<Paces> least_;
};

}  // namespace netkit
