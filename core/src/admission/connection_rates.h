#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "admission/rate_limiter.h"

namespace netkit {

struct ListenerContext;

/// Holds one connection to its message and byte rates: says before a read and behind a batch of messages whether to go
/// on. A connection without rates has no guard. Loop thread only.
class ConnectionRates {
 public:
  enum class Verdict : std::uint8_t {
    go,
    pause,  ///< Take nothing before ready().
    close,  ///< It is over its rate, and limits.on_limit is close.
  };

  /// For a connection that holds `place`, which outlives the guard; null if no rate holds for it.
  static std::unique_ptr<ConnectionRates> make(const ConnectionPermit& place, const PeerAddress& peer);

  ConnectionRates(std::unique_ptr<RateLimiter> gate, ListenerContext& context, const PeerAddress& peer);

  /// Bytes wait to be read.
  Verdict may_read(TimePoint now);
  /// How many bytes to read at most.
  std::size_t read_size(std::size_t most, TimePoint now) const;
  /// How many messages may be answered now.
  std::uint64_t allowance(TimePoint now) const;

  void took_bytes(std::size_t bytes, TimePoint now) { gate_->took(0, bytes, now); }
  /// To be told before the answers leave: others share the rates, and may ask as soon as they have.
  void took_messages(std::uint64_t messages, TimePoint now) { gate_->took(messages, 0, now); }
  /// Messages wait that the allowance had no room for.
  Verdict over();

  TimePoint ready(TimePoint now) const;

 private:
  std::unique_ptr<RateLimiter> gate_;
  ListenerContext& context_;
  PeerAddress peer_;
};

}  // namespace netkit
