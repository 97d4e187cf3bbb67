#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace netkit::bench {

/// Two rows of hex and text, one below the other: what was expected, and what came in its place. Shows some bytes
/// before and behind the first difference, at byte `at`.
std::string hex_pair(std::string_view expected, std::string_view received, std::size_t at);

/// One row of hex and text with the first bytes.
std::string hex_row(std::string_view bytes);

}  // namespace netkit::bench
