#pragma once

#include <string>

#include "netkit/options.h"

namespace netkit {

/// What a value of this option must be, to stand behind "expected": "a whole number from 1 to 8".
std::string expectation(const OptionSpec& spec);

}  // namespace netkit
