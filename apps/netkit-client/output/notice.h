#pragma once

#include <string_view>

namespace netkit::client {

/// Writes a line of the program's own to standard error, after its name. What the server has put into it cannot control
/// a terminal.
void notice(std::string_view text);

/// Writes a line of the server's, such as a header, to standard error: as it is, or harmless if that is a terminal.
void foreign_line(std::string_view text);

}  // namespace netkit::client
