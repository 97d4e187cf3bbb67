#pragma once

#include <string>
#include <vector>

#include "exec_handler.h"
#include "netkit/plugin.h"

namespace netkit::exec {

/// The options of exec as the plugin publishes them.
std::vector<OptionSpec> option_specs();

/// What a handler is made of, from checked options. Throws OptionError.
ExecParts make_parts(const Options& options, const HandlerContext& context);

/// See HandlerType::danger.
std::string danger(const Options& options);

}  // namespace netkit::exec
