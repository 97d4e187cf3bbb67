#pragma once

#include "netkit/plugin.h"

namespace netkit {

const char* to_string(LogLevel level);  ///< As a config has it: debug, info, warning or error.

}  // namespace netkit
