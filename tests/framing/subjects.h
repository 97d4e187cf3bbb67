#pragma once

#include <vector>

#include "netkit/testing/framing_contract.h"

namespace netkit::testing {

/// Every built-in framing, with every set of options that changes what it does, and the example framings.
const std::vector<Subject>& subjects();

/// Those of example_framings.h.
std::vector<Subject> example_subjects();

}  // namespace netkit::testing
