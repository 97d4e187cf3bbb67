#pragma once

#include <string>
#include <vector>

#include "programs/surroundings.h"

namespace netkit::process {

/// Throws OptionError for `command` if there is no such program, or it cannot be run.
void check_command(const std::vector<std::string>& command, const programs::Surroundings& surroundings);

/// The files that a command names: the program if it has a slash, and arguments such as a script. A reload looks for
/// changes in them.
std::vector<std::string> command_files(const std::vector<std::string>& command, const std::string& directory);

}  // namespace netkit::process
