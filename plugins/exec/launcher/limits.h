#pragma once

#include "protocol.h"

namespace netkit::exec {

/// Sets this process's resource limits, which what it starts inherits; never above what they are already. Core dumps
/// are off. System calls only.
void set_limits(const ResourceLimits& limits);

}  // namespace netkit::exec
