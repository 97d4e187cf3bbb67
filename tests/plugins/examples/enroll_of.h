#pragma once

#include <string>

#include "netkit/testing/types.h"

namespace netkit::testing {

/// The enroll function of an example plugin as it was built; the plugin stays loaded. Throws std::runtime_error.
Enroll enroll_of(const std::string& example);

}  // namespace netkit::testing
