#pragma once

#include <string>

namespace netkit {

/// Loads the plugin at `path` in a child process and says how that killed the child; empty if the child survived. A
/// damaged file can crash, end or hang the process that loads it, and its header does not tell. Does not report errors
/// that the plugin throws: the real load does. Takes about a millisecond, at most five seconds.
std::string death_in_trial(const std::string& path);

}  // namespace netkit
