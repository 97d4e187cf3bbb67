#pragma once

#include <chrono>
#include <cstdint>

namespace netkit {

/// The processor's own counter of time, read in one instruction and not by a call. Processors since about 2010 keep one
/// pace, the same on all of a machine.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t count = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Since an earlier reading, which may be one of another processor.
inline std::uint64_t ticks_since(std::uint64_t start) {
  const std::uint64_t now = ticks();
  return now > start ? now - start : 0;
}

/// How many there are in a second, measured against the system's clock since the first call, which takes a millisecond.
/// Any thread.
double ticks_per_second();

}  // namespace netkit
