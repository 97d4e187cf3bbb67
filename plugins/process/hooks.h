#pragma once

#include <string>
#include <vector>

namespace netkit::process {

/// Adds the variables by which programs find netkit's helper modules, and with `unbuffered` those that have a program's
/// output leave when it waits for input. `plugin_file`: the modules stand in the folder above its own.
void add_hooks(const std::string& plugin_file, bool unbuffered, std::vector<std::string>& environment);

}  // namespace netkit::process
