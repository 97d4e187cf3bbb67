#pragma once

#include <chrono>

namespace netkit::bench {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = std::chrono::nanoseconds;

inline double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace netkit::bench
