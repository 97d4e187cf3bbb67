#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace netkit {

/// Lets one line a second into the log and counts the others. Any thread.
class LogThrottle {
 public:
  /// True if a line may be logged now; `left_out` tells how many were not since the last one.
  bool admits(std::uint64_t& left_out);

 private:
  std::atomic<std::int64_t> next_{0};  // seconds of the monotonic clock
  std::atomic<std::uint64_t> left_out_{0};
};

/// What a line says about those that were left out before it; empty if none were.
std::string left_out_text(std::uint64_t lines);

}  // namespace netkit
