#pragma once

#include <chrono>

namespace netkit {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC: setting the time of day moves no deadline
using TimePoint = Clock::time_point;

}  // namespace netkit
