#pragma once

#include <string>

#include "config/config.h"

namespace netkit {

/// Reads "53" or "6000-6010". Throws std::invalid_argument saying what was found and what was expected.
PortRange parse_port_range(const std::string& text);

std::string to_string(const PortRange& range);

}  // namespace netkit
