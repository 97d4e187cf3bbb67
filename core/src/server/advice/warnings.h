#pragma once

#include <string>
#include <vector>

#include "config/model/config.h"
#include "netkit/identity.h"
#include "plugin/loader.h"

namespace netkit {

struct Warning {
  std::string listener;  ///< Empty: it is about the server.
  std::string key;       ///< Of the config, such as `tls.key`.
  std::string text;      ///< All of it, for people.
};

/// What an operator should know of a config that can be served: a shell that runs as root; files and folders that other
/// users could change; keys that they could read; certificates that have expired or soon will. `file` is the config's,
/// `serves_as` whom the server serves as.
std::vector<Warning> warnings_for(const std::string& file, const ServerConfig& config, PluginLoader& loader,
                                  const Identity& serves_as);

}  // namespace netkit
