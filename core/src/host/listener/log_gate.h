#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace netkit {

/// Lets a message into the log once a second at most and counts the others. Any thread.
class LogGate {
 public:
  /// True if the message may be logged now; `suppressed` tells how many were not since the last one.
  bool open(std::uint64_t& suppressed);

 private:
  std::atomic<std::int64_t> next_{0};  // seconds of the monotonic clock
  std::atomic<std::uint64_t> suppressed_{0};
};

/// What a line says about those that were left out before it; empty if none were.
std::string left_out_text(std::uint64_t lines);

}  // namespace netkit
