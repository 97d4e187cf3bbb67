#pragma once

#include <optional>
#include <string>

#include "server/handover/invocation.h"

namespace netkit {

/// What netkit-server was asked to do.
struct CommandLine {
  enum class Action : std::uint8_t { serve, check, print_effective, list_plugins, reload_plan };

  Action action = Action::serve;
  std::string config;       ///< Empty only for list_plugins.
  std::string next_config;  ///< For reload_plan.
  bool verbose = false;
  Invocation invocation{};
};

/// Parses the command line. Prints help, version or what is wrong itself and then returns the exit status instead, in
/// `exit_status`.
std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_status);

}  // namespace netkit
