#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

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
  Duration timeout;        ///< Longest wait for an answer.
};

/// One client session with the server: sends messages of the workload in turn, checks and counts the answers. What goes
/// wrong is counted with the tally's errors; the messages that it concerns have failed.
class Lane {
 public:
  virtual ~Lane() = default;

  /// Connects, unless each message has its own connection. Throws RunError if that fails.
  virtual void open() = 0;

  /// Sends `count` more messages, now or when there is room. Their latency counts from `due`. Connects again if the
  /// connection is lost.
  virtual void send(std::size_t count, Time due) = 0;

  /// Call it when the poller reports this lane. Returns the number of answers received.
  virtual std::size_t on_ready(std::uint32_t events) = 0;

  /// Number of messages that have neither an answer nor failed.
  virtual std::size_t unanswered() const = 0;

  /// Returns how many messages have failed since the last call.
  std::size_t take_failed() { return std::exchange(failed_, 0); }

  /// Gives up what has waited too long; sends datagrams again that must be lost. Called a few times a second.
  virtual void look_around(Time now) = 0;

 protected:
  /// Counts an error that concerns `messages`.
  void fail(Tally& tally, ErrorKind kind, const std::string& text, std::size_t messages) {
    tally.errors.add(kind, text);
    tally.failed += messages;
    failed_ += messages;
  }

 private:
  std::size_t failed_ = 0;
};

/// "no answer for 2.5 s"
std::string silence_text(Duration timeout);

std::unique_ptr<Lane> make_stream_lane(const LaneContext& context, bool connect_per_request);
std::unique_ptr<Lane> make_datagram_lane(const LaneContext& context);

}  // namespace netkit::bench
