#pragma once

#include <string>

namespace netkit {

/// Removes the file of a Unix socket that nobody listens on any more, as a server leaves it that was killed. Throws
/// BindError if the path is in use, or if what is there is no socket: then it is left alone.
void remove_stale_socket(const std::string& path);

}  // namespace netkit
