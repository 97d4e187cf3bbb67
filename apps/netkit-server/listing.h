#pragma once

#include <ostream>

#include "plugin/registry.h"

namespace netkit {

/// Prints every handler, filter and framing with its options, defaults and help.
void print_types(const TypeRegistry& registry, std::ostream& out);

}  // namespace netkit
