#pragma once

#include "protocol.h"

namespace netkit::exec {

/// Sets this process's resource limits, which children inherit; never raises one. Turns core dumps off. Makes system
/// calls only.
void set_limits(const ResourceLimits& limits);

}  // namespace netkit::exec
