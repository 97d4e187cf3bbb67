#pragma once

#include <cstdint>

#include "host/conversation/hosted_session.h"
#include "host/transport/send_queue.h"

namespace netkit {

/// Counts the bytes that pass through a connection while this object lives: one for each way into the connection.
class MovedBytes {
 public:
  MovedBytes(HostedSession& hosted, const std::uint64_t& received_bytes, const SendQueue& unsent)
      : hosted_(hosted),
        received_bytes_(received_bytes),
        unsent_(unsent),
        received_before_(received_bytes),
        sent_before_(unsent.sent_bytes()) {}
  ~MovedBytes() {
    TrafficCounters::Shard& counters = hosted_.counters();
    TrafficCounters::Shard::add(counters.received_bytes, received());
    TrafficCounters::Shard::add(counters.sent_bytes, sent());
  }
  MovedBytes(const MovedBytes&) = delete;
  MovedBytes& operator=(const MovedBytes&) = delete;

  std::uint64_t sum() const { return received() + sent(); }

 private:
  std::uint64_t received() const { return received_bytes_ - received_before_; }
  std::uint64_t sent() const { return unsent_.sent_bytes() - sent_before_; }

  HostedSession& hosted_;
  const std::uint64_t& received_bytes_;
  const SendQueue& unsent_;
  const std::uint64_t received_before_;
  const std::uint64_t sent_before_;
};

}  // namespace netkit
