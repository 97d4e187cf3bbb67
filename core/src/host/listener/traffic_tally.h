#pragma once

#include <cstdint>

#include "host/listener/traffic_counters.h"
#include "session/session.h"

namespace netkit {

/// Counts the messages that a session takes and sends while this object lives.
class TrafficTally {
 public:
  TrafficTally(const Session& session, TrafficCounters::Shard& shard)
      : session_(session), shard_(shard), received_(session.messages()), sent_(session.answers()) {}
  ~TrafficTally() {
    TrafficCounters::Shard::add(shard_.received_messages, received());
    TrafficCounters::Shard::add(shard_.sent_messages, session_.answers() - sent_);
  }
  TrafficTally(const TrafficTally&) = delete;
  TrafficTally& operator=(const TrafficTally&) = delete;

  /// How many messages it has taken so far.
  std::uint64_t received() const { return session_.messages() - received_; }

 private:
  const Session& session_;
  TrafficCounters::Shard& shard_;
  const std::uint64_t received_;
  const std::uint64_t sent_;
};

}  // namespace netkit
