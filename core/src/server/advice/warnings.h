#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "netkit/identity.h"
#include "plugin/loader.h"

namespace netkit {

/// What an operator should know of a config that can be served: a shell that runs as root; files and folders that other
/// users could change; keys that they could read; certificates that have expired or soon will. One line each. `file` is
/// the config's, `serves_as` whom the server serves as.
std::vector<std::string> warnings_for(const std::string& file, const ServerConfig& config, PluginLoader& loader,
                                      const Identity& serves_as);

}  // namespace netkit
