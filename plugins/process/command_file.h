#pragma once

#include <string>
#include <vector>

#include "programs/surroundings.h"

namespace netkit::process {

/// Throws OptionError for `command` if there is no such program, or it cannot be run.
void check_command(const std::vector<std::string>& command, const programs::Surroundings& surroundings);

}  // namespace netkit::process
