#pragma once

#include <ostream>

#include "netkit-bench/measurement/latency.h"

namespace netkit::bench {

/// Prints a row with a bar for each range of latencies.
void print_histogram(const Latency& latency, std::ostream& out);

}  // namespace netkit::bench
