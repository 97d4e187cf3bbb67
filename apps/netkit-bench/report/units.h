#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <string>

#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

std::string time_text(Duration duration);  ///< 850 ns, 12.3 us, 1.23 ms, 2.50 s
std::string bytes_text(double bytes);      ///< 12 B, 1.2 KiB, 3.4 GiB
std::string count_text(double count);      ///< 12,345; 1.5 below 100

inline double in_microseconds(Duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

}  // namespace netkit::bench
