#pragma once

#include <cstdint>

#include "host/listener/traffic_counters.h"
#include "session/session.h"

namespace netkit {

/// Counts the messages that a session takes and sends while this object lives. Inline, as it stands in the way of every
/// message, also where an exception passes: then it needs no place in memory.
class TrafficTally {
 public:
  TrafficTally(Session& session, TrafficCounters::Shard& shard)
      : session_(session), shard_(shard), received_(session.messages()), sent_(session.answers()) {}
  [[gnu::always_inline]] ~TrafficTally() {
    TrafficCounters::Shard::add(shard_.received_messages, received());
    TrafficCounters::Shard::add(shard_.sent_messages, session_.answers() - sent_);
  }
  TrafficTally(const TrafficTally&) = delete;
  TrafficTally& operator=(const TrafficTally&) = delete;

  /// How many messages it has taken so far.
  std::uint64_t received() const { return session_.messages() - received_; }

  /// Counts how long each of them took: all together from `start`, in ticks(), until now. Those whose call stays open
  /// are timed apart, by WorkerCall or by their reply.
  [[gnu::always_inline]] void time(std::uint64_t start) {
    const std::uint64_t answered = received() - session_.take_opened();
    shard_.times.add(answered, ticks() - start);
  }

 private:
  Session& session_;
  TrafficCounters::Shard& shard_;
  const std::uint64_t received_;
  const std::uint64_t sent_;
};

/// Measures how long a batch of sessions takes, one datagram each, whose messages are counted meanwhile.
class BatchTime {
 public:
  explicit BatchTime(TrafficCounters::Shard& shard) : shard_(shard), before_(messages()), start_(ticks()) {}
  ~BatchTime() {
    const std::uint64_t answered = messages() - before_;
    shard_.times.add(answered, ticks_since(start_));
  }
  BatchTime(const BatchTime&) = delete;
  BatchTime& operator=(const BatchTime&) = delete;

 private:
  std::uint64_t messages() const {
    return shard_.received_messages.load(std::memory_order_relaxed) -
           shard_.timed_apart.load(std::memory_order_relaxed);
  }

  TrafficCounters::Shard& shard_;
  const std::uint64_t before_;
  const std::uint64_t start_;
};

}  // namespace netkit
