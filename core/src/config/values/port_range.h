#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netkit {

/// Ports from `first` to `last`, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// A number from 0 to 65535 in decimal digits; nothing for any other text.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// Parses "53" or "6000-6010". Throws std::invalid_argument saying what was found and what was expected.
PortRange parse_port_range(const std::string& text);

std::string to_string(const PortRange& range);  ///< As parse_port_range() takes it.

}  // namespace netkit
