#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace netkit::exec {

/// The children of this process, which has one thread, zombies too.
std::vector<pid_t> own_children();

/// True if the kernel tells a process's children (CONFIG_PROC_CHILDREN) and /proc is there.
bool can_see_children();

/// Kills and reaps all that descends from this process, a subreaper, however it has moved away from its parents, and
/// waits until nothing is left, for at most `patience`. Processes that make others as fast as they are killed are
/// stopped first. False if something cannot be killed: it runs as another user, or hangs in the kernel.
/// `child_signals` is a signalfd for SIGCHLD.
bool kill_descendants(int child_signals, std::chrono::milliseconds patience);

/// Kills these processes and all that descends from them; does not wait.
void kill_families(const std::vector<pid_t>& processes);

}  // namespace netkit::exec
