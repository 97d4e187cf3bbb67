#pragma once

#include <string>

namespace netkit {

/// Removes a Unix socket file that nobody listens on any more, such as that of a killed server. Throws BindError, and
/// leaves the file, if it is in use or not a socket.
void remove_stale_socket(const std::string& path);

}  // namespace netkit
