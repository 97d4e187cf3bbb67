#pragma once

#include <sys/types.h>

#include <optional>

#include "netkit/identity.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// A started command, or the reason why it did not start.
struct Spawned {
  pid_t pid = -1;  ///< -1: not started.
  StartStep step = StartStep::process;
  int error = 0;  ///< errno of the failed step.
};

/// Starts the command of a run request in its own process group, as `identity` if that is set. It gets the descriptors
/// as its standard streams, or inherits standard input if there is none; nothing else is open, no signal is blocked,
/// core dumps are off, and the request's limits apply. It is killed if the caller dies. The caller must have one
/// thread, all signals blocked and none handled or ignored. Reaps a child that failed to start.
Spawned spawn(const Request& request, const Streams& streams, const std::optional<Identity>& identity);

}  // namespace netkit::programs
