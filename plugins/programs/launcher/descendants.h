#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace netkit::programs {

/// Returns the children of this single-threaded process, zombies included.
std::vector<pid_t> own_children();

/// True if the kernel lists a process's children (CONFIG_PROC_CHILDREN) and /proc is mounted.
bool can_see_children();

/// Kills and reaps all descendants of this process, which must be a subreaper, and waits until none is left, for at
/// most `patience`. Stops processes before killing them, so that they cannot fork faster than they are killed. Returns
/// false if one cannot be killed: it runs as another user, or hangs in the kernel. `child_signals` is a signalfd for
/// SIGCHLD.
bool kill_descendants(int child_signals, std::chrono::milliseconds patience);

/// Kills these processes and their descendants; does not wait.
void kill_families(const std::vector<pid_t>& processes);

}  // namespace netkit::programs
