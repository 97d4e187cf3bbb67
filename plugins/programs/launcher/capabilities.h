#pragma once

namespace netkit::programs {

/// Drops all capabilities of this process except those to change identity and to signal other users' processes. Throws
/// std::system_error.
void keep_only_identity_capabilities();

}  // namespace netkit::programs
