#pragma once

#include "netkit/plugin.h"

namespace netkit {

/// Finds a plugin's mistakes in what it publishes: an empty name, no `make`, options that are named twice or whose
/// defaults do not fit. Throws std::invalid_argument, what() naming the type and the option.
void check_type(const HandlerType& type);
void check_type(const FilterType& type);
void check_type(const FramingType& type);

}  // namespace netkit
