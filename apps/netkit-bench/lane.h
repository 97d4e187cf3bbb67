#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "netkit-bench/clock.h"
#include "netkit-bench/poller.h"
#include "netkit-bench/tally.h"
#include "netkit-bench/workload.h"

namespace netkit::bench {

/// What every lane works with. All of it outlives the lanes.
struct LaneContext {
  const Workload& workload;
  Poller& poller;
  Tally& tally;
  std::span<char> buffer;  ///< To read into, shared by all lanes.
  Duration timeout;        ///< For a connection to be made.
};

/// One conversation with the server: sends messages of the workload in turn, checks and counts the answers. Throws
/// RunError for a wrong answer and for a server that is gone.
class Lane {
 public:
  virtual ~Lane() = default;

  /// Connects, unless this lane does that for each message.
  virtual void open() = 0;

  /// Sends `count` more messages, or as soon as there is room. Their latency counts from `due`.
  virtual void send(std::size_t count, Time due) = 0;

  /// After the poller named this lane. Returns how many answers came.
  virtual std::size_t on_ready(std::uint32_t events) = 0;

  /// Messages without an answer so far.
  virtual std::size_t unanswered() const = 0;

  /// Sends again what got no answer for so long that it must be lost. For datagrams; called a few times a second.
  virtual void resend_lost(Time /*now*/) {}
};

std::unique_ptr<Lane> make_stream_lane(const LaneContext& context, bool connect_per_request);
std::unique_ptr<Lane> make_datagram_lane(const LaneContext& context);

}  // namespace netkit::bench
