#pragma once

#include <string>

#include "netkit/options.h"

namespace netkit {

/// A description of the valid values, as a message has it behind "expected": "a whole number from 1 to 8".
std::string expectation(const OptionSpec& spec);

}  // namespace netkit
