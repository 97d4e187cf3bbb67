#pragma once

#include <sys/types.h>

#include <optional>

#include "netkit/identity.h"
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
  int standard_output;
  int standard_error;
};

/// Starts the command of a run request in a process group of its own: standard input as the caller's, output to the
/// two descriptors, nothing else open, no signal blocked, no core dumps, within the request's limits, as `identity` if
/// there is one; it is killed if the caller dies. Only for a process with one thread, all signals blocked and none
/// handled or ignored. A child that failed has been reaped.
Spawned spawn(const Request& request, const Outlets& outlets, const std::optional<Identity>& identity);

}  // namespace netkit::exec
