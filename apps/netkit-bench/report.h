#pragma once

#include <iosfwd>

#include "netkit-bench/command_line.h"
#include "netkit-bench/driver.h"
#include "netkit-bench/idle.h"

namespace netkit::bench {

/// Prints what was measured: a table to read, or JSON in one line if the command line asks for it.
void print(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out);
void print(const CommandLine& line, const IdleMeasured& measured, std::ostream& out);

}  // namespace netkit::bench
