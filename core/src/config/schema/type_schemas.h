#pragma once

#include <vector>

#include "config/schema/option_schema.h"
#include "plugin/registry.h"

namespace netkit {

/// Definitions of what a config says of handlers, filters and framings: "handler", "filter", "framing" and "target",
/// and one of the options of each type, such as "framing-length".
Schema type_definitions(const TypeRegistry& registry);

/// Any handler that is one of `names`, whatever its options.
Schema any_of_types(const std::vector<std::string>& names);

}  // namespace netkit
