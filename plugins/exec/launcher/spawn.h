#pragma once

#include <sys/types.h>

#include "protocol.h"

namespace netkit::exec {

/// A command that was started, or why it was not.
struct Spawned {
  pid_t pid = -1;  ///< -1: not started.
  StartStep step = StartStep::process;
  int error = 0;  ///< errno of that step.
};

/// Where a command's words go. Owned by the caller.
struct Outlets {
  int reports;
  int standard_output;
  int standard_error;
};

/// Starts the command of a run request in a process group of its own: standard input as the launcher's, output to the
/// two descriptors, nothing else open, no signal blocked; it is killed if the launcher dies. That it has started is
/// reported, and may be so before it fails. Only for a program with one thread, all signals blocked and none handled or
/// ignored. A child that failed has been reaped.
Spawned spawn(const Request& request, const Outlets& outlets);

}  // namespace netkit::exec
