#pragma once

#include <ostream>

#include "netkit-bench/command_line.h"
#include "netkit-bench/load/driver.h"

namespace netkit::bench {

/// Prints a line of names and a line of values; the histogram, if it is asked for, as lines of its own behind them.
void print_csv(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out);

}  // namespace netkit::bench
