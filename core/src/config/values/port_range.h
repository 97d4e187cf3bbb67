#pragma once

#include <cstdint>
#include <string>

namespace netkit {

/// Ports from `first` to `last`, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// Parses "53" or "6000-6010". Throws std::invalid_argument saying what was found and what was expected.
PortRange parse_port_range(const std::string& text);

std::string to_string(const PortRange& range);  ///< As parse_port_range() takes it.

}  // namespace netkit
