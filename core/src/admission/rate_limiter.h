#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "admission/rate_buckets.h"

namespace netkit {

class Admission;

/// Holds one connection to its message and byte rates: says before a read and behind a batch of messages whether to go
/// on, as limits.on_limit and limits.dry_run will have it. The RateBuckets in it do the counting. One thread.
class RateLimiter {
 public:
  enum class Verdict : std::uint8_t {
    go,
    pause,  ///< Take nothing before ready().
    close,  ///< It is over its rate, and limits.on_limit is close.
  };

  /// For a connection that holds `permit`, which outlives the limiter; null if no rate holds for it.
  static std::unique_ptr<RateLimiter> make(const ConnectionPermit& permit, const PeerAddress& peer);

  RateLimiter(std::unique_ptr<RateBuckets> buckets, Admission& admission, const PeerAddress& peer);

  /// Bytes wait to be read.
  Verdict may_read(TimePoint now);
  /// How many bytes to read at most.
  std::size_t read_size(std::size_t most, TimePoint now) const;
  /// How many messages may be answered now.
  std::uint64_t allowance(TimePoint now) const;

  void took_bytes(std::size_t bytes, TimePoint now) { buckets_->took(0, bytes, now); }
  /// To be told before the answers leave: others share the rates, and may ask as soon as they have.
  void took_messages(std::uint64_t messages, TimePoint now) { buckets_->took(messages, 0, now); }
  /// More messages wait than the allowance let pass.
  Verdict over();

  TimePoint ready(TimePoint now) const;

 private:
  std::unique_ptr<RateBuckets> buckets_;
  Admission& admission_;
  PeerAddress peer_;
};

}  // namespace netkit
