#pragma once

#include <string>
#include <vector>

#include "netkit/plugin.h"

namespace netkit {

/// The names of the levels in a config, the least important first.
const std::vector<std::string>& log_level_names();

const std::string& to_string(LogLevel level);

/// `name` is one of log_level_names().
LogLevel log_level_named(const std::string& name);

}  // namespace netkit
