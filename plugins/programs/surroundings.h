#pragma once

#include <string>
#include <vector>

#include "netkit/options.h"
#include "netkit/plugin.h"
#include "programs/launcher_process.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// What the programs of one listener run in, as the config says.
struct Surroundings {
  LauncherPlan launcher;
  std::vector<std::string> environment;  ///< See listener_environment().
  std::string directory;                 ///< Empty: the server's own.
  ResourceLimits limits;
  bool no_new_privileges = true;

  /// A command in these surroundings; the first argument is the program.
  Command command(std::vector<std::string> arguments) const {
    return {.arguments = std::move(arguments),
            .environment = environment,
            .directory = directory,
            .limits = limits,
            .no_new_privileges = no_new_privileges};
  }
};

/// The options that say so. Each handler that starts programs publishes them beside its own.
/// `directory`: the default of that option; empty: the server's own folder.
std::vector<OptionSpec> surroundings_specs(const char* directory);

/// Reads them. Throws OptionError. Main thread.
Surroundings read_surroundings(const Options& options, const HandlerContext& context);

}  // namespace netkit::programs
