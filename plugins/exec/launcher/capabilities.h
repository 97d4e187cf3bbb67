#pragma once

namespace netkit::exec {

/// Gives up every capability of this process but those to change identity and to signal other users' processes. Throws
/// std::system_error.
void keep_only_identity_capabilities();

}  // namespace netkit::exec
