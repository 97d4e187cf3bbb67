#pragma once

#include <array>
#include <cstdint>

#include "admission/token_bucket.h"
#include "base/clock.h"

namespace netkit {

/// The token buckets that one conversation takes its messages and bytes from: those of the server, its listener and its
/// source, as far as they are limited. Says how much may be taken now, is told what was, and says when there is more.
/// Knows no policy: for a connection use RateLimiter, which does; for a datagram this. The buckets are shared with
/// other conversations and threads, and outlive this object.
class RateBuckets {
 public:
  enum class Counts : std::uint8_t { messages, bytes };

  /// Adds a bucket; one without a limit is left out.
  void add(Counts what, TokenBucket& bucket, const BucketSize& size) {
    if (size.limited()) shares_[count_++] = {what, &bucket, size};
  }
  bool empty() const { return count_ == 0; }

  /// The messages and bytes that may be taken now.
  std::uint64_t messages_now(TimePoint now) const { return available(Counts::messages, now); }
  std::uint64_t bytes_now(TimePoint now) const { return available(Counts::bytes, now); }

  /// Tells what was taken; it may be more than there was.
  void took(std::uint64_t messages, std::uint64_t bytes, TimePoint now);

  /// When something may be taken again; not after `now` if something may now.
  TimePoint ready(TimePoint now) const;

  /// Takes a whole datagram if every bucket has something for it.
  bool take_datagram(std::uint64_t bytes, TimePoint now);

 private:
  struct Share {
    Counts what;
    TokenBucket* bucket;
    BucketSize size;
  };

  std::uint64_t available(Counts what, TimePoint now) const;

  std::array<Share, 6> shares_{};  // server, listener and source, messages and bytes
  std::size_t count_ = 0;
};

}  // namespace netkit
