#pragma once

#include "netkit-client/command_line.h"
#include "netkit-client/failure.h"

namespace netkit::client {

/// How the program ends: with a failure, else with the exit status from the answers.
struct RunResult {
  Outcome failure;
  int status = 0;
};

/// Connects and does what the command line says: downloads a file, or sends messages and prints the answers.
RunResult run(const CommandLine& line);

}  // namespace netkit::client
