#pragma once

#include <string>
#include <vector>

#include "netkit-client/command_line.h"
#include "netkit-client/connection/connection.h"
#include "plugin/loader.h"

namespace netkit::client {

/// The server to talk to, the framings and the messages.
struct Target {
  ServerEndpoint endpoint;
  Choice send;     ///< Framing of the messages.
  Choice receive;  ///< Framing of the answers.
  std::vector<std::string> messages;
};

/// Combines the command line with the config that it names. Throws UsageError; for an unusable config, LocalError with
/// all its diagnostics.
Target find_target(const CommandLine& line, PluginLoader& loader);

}  // namespace netkit::client
