#pragma once

#include <string>
#include <vector>

#include "interpreter/meter.h"
#include "netkit/options.h"

namespace netkit::lua {

/// The options of everything that runs a script: `script`, `memory`, `budget`, `libraries`.
std::vector<OptionSpec> script_options();

Allowance allowance_of(const Options& options);

/// The libraries; throws OptionError for one that there is not.
const std::vector<std::string>& checked_libraries(const Options& options);

}  // namespace netkit::lua
