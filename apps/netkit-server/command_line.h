#pragma once

#include <optional>
#include <string>

#include "server/handover/invocation.h"

namespace netkit {

/// The command line of netkit-server.
struct CommandLine {
  enum class Action : std::uint8_t { serve, check, print_effective, print_schema, list_plugins, reload_plan };

  Action action = Action::serve;
  std::string config;       ///< Only list_plugins and print_schema allow it to be empty.
  std::string next_config;  ///< For reload_plan.
  std::string plugin_file;  ///< For list_plugins: only this file; empty: all.
  bool verbose = false;
  Invocation invocation{};
};

/// Parses the command line. If there is nothing to run (--help, --version, an error), prints the text and sets
/// `exit_status`.
std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_status);

}  // namespace netkit
