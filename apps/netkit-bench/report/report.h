#pragma once

#include <iosfwd>

#include "netkit-bench/command_line.h"
#include "netkit-bench/load/driver.h"
#include "netkit-bench/load/idle.h"

namespace netkit::bench {

/// Prints the result: a table, or one line of JSON if the command line asks for it.
void print(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out);
void print(const CommandLine& line, const IdleMeasured& measured, std::ostream& out);

}  // namespace netkit::bench
