#pragma once

#include "programs/protocol.h"

namespace netkit::programs {

/// Sets this process's resource limits, which children inherit; never raises one. Turns core dumps off. Makes system
/// calls only.
void set_limits(const ResourceLimits& limits);

}  // namespace netkit::programs
