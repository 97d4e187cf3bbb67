#pragma once

#include <string>
#include <vector>

#include "netkit-client/command_line.h"
#include "netkit-client/connection/connection.h"
#include "plugin/loader.h"

namespace netkit::client {

/// Who is talked to, in which framings, with which words.
struct Target {
  Endpoint endpoint;
  Choice send;     ///< Framing of the messages.
  Choice receive;  ///< Framing of the answers.
  std::vector<std::string> messages;
};

/// Puts the command line and the config it names together. Throws UsageError, or LocalError for a config that cannot
/// be used, its text all the diagnostics.
Target find_target(const CommandLine& line, PluginLoader& loader);

}  // namespace netkit::client
