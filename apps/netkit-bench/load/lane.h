#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "netkit-bench/load/poller.h"
#include "netkit-bench/measurement/clock.h"
#include "netkit-bench/measurement/tally.h"
#include "netkit-bench/workload/workload.h"

namespace netkit::bench {

/// Shared by all lanes, and outlives them.
struct LaneContext {
  const Workload& workload;
  Poller& poller;
  Tally& tally;
  std::span<char> buffer;  ///< Read buffer of all lanes.
  Duration timeout;        ///< Of a connect.
};

/// One client session with the server: sends messages of the workload in turn, checks and counts the answers. Throws
/// RunError for a wrong answer and for a lost server.
class Lane {
 public:
  virtual ~Lane() = default;

  /// Connects, unless each message has its own connection.
  virtual void open() = 0;

  /// Sends `count` more messages, now or when there is room. Their latency counts from `due`.
  virtual void send(std::size_t count, Time due) = 0;

  /// Call it when the poller reports this lane. Returns the number of answers received.
  virtual std::size_t on_ready(std::uint32_t events) = 0;

  /// Number of messages without an answer.
  virtual std::size_t unanswered() const = 0;

  /// Sends again what was not answered in time and so must be lost. For datagrams; called a few times a second.
  virtual void resend_lost(Time /*now*/) {}
};

std::unique_ptr<Lane> make_stream_lane(const LaneContext& context, bool connect_per_request);
std::unique_ptr<Lane> make_datagram_lane(const LaneContext& context);

}  // namespace netkit::bench
