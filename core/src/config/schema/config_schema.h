#pragma once

#include <string>

#include "config/schema/option_schema.h"
#include "plugin/registry.h"

namespace netkit {

/// The JSON Schema (draft-07) of a config that names handlers, filters and framings of the registry. It refuses what
/// can be told from the config alone: no files, names of users, or values that have to fit each other.
Schema config_schema(const TypeRegistry& registry);

/// The same as text.
std::string print_schema(const TypeRegistry& registry);

}  // namespace netkit
