#pragma once

#include <string>

#include "config/config.h"

namespace netkit {

/// The path of a Unix socket, made absolute: a relative one is relative to `folder`. Throws std::invalid_argument with
/// one line that says what was found and expected.
Address parse_socket_path(const std::string& text, const std::string& folder);

/// Permissions as chmod(1) takes them: "0600" or "660". Throws std::invalid_argument likewise.
unsigned parse_mode(const std::string& text);

/// As parse_mode() takes it, in four digits.
std::string mode_text(unsigned mode);

}  // namespace netkit
