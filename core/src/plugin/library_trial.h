#pragma once

#include <string>

namespace netkit {

/// Loads the plugin at `path` in a child process first and says how that killed the child; empty if it did not. A file
/// whose bytes are spoilt can crash, end or stop whoever loads it, and nothing in its header tells. What a plugin
/// objects to in words is found by the real load and not said here. Takes about a millisecond, five seconds at most.
std::string death_in_trial(const std::string& path);

}  // namespace netkit
