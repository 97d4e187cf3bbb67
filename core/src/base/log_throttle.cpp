#include "base/log_throttle.h"

#include "base/clock.h"

namespace netkit {

bool LogThrottle::admits(std::uint64_t& left_out) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  if (now < next || !next_.compare_exchange_strong(next, now + 1, std::memory_order_relaxed)) {
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  left_out = left_out_.exchange(0, std::memory_order_relaxed);
  return true;
}

std::string left_out_text(std::uint64_t lines) {
  return lines == 0 ? std::string() : " (" + std::to_string(lines) + " lines of this listener left out before)";
}

}  // namespace netkit
