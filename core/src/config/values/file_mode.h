#pragma once

#include <string>

namespace netkit {

/// Permissions of a file as chmod(1) takes them: "0600" or "660". Throws std::invalid_argument with one line that says
/// what was found and expected.
unsigned parse_mode(const std::string& text);

/// As parse_mode() takes it, in four digits.
std::string mode_text(unsigned mode);

}  // namespace netkit
