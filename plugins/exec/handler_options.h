#pragma once

#include <string>
#include <vector>

#include "exec_handler.h"
#include "netkit/plugin.h"

namespace netkit::exec {

/// Returns the options that the plugin publishes.
std::vector<OptionSpec> option_specs();

/// Makes the parts of a handler from checked options. Throws OptionError.
ExecParts make_parts(const Options& options, const HandlerContext& context);

/// See HandlerType::danger.
std::string danger(const Options& options);

}  // namespace netkit::exec
