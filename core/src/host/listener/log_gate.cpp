#include "host/listener/log_gate.h"

#include "host/loop/deadline_wheel.h"

namespace netkit {

bool LogGate::open(std::uint64_t& suppressed) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  if (now < next || !next_.compare_exchange_strong(next, now + 1, std::memory_order_relaxed)) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  suppressed = suppressed_.exchange(0, std::memory_order_relaxed);
  return true;
}

std::string left_out_text(std::uint64_t lines) {
  return lines == 0 ? std::string() : " (" + std::to_string(lines) + " lines of this listener left out before)";
}

}  // namespace netkit
