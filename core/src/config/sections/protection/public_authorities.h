#pragma once

#include <filesystem>
#include <string>

namespace netkit {

/// True if `file`, certificates in PEM, holds an authority that the system trusts for web servers: those give
/// certificates to anybody. `system` is the folder that the distribution's package of such authorities fills; without
/// it nothing is known to be one.
bool holds_public_authority(const std::string& file,
                            const std::filesystem::path& system = "/usr/share/ca-certificates");

}  // namespace netkit
