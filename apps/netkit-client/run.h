#pragma once

#include "netkit-client/command_line.h"
#include "netkit-client/failure.h"

namespace netkit::client {

/// What the program ends with: a failure, else the status that the answers ask for.
struct RunResult {
  Outcome failure;
  int status = 0;
};

/// Connects and does what the command line asks for: a download, or messages and their answers.
RunResult run(const CommandLine& line);

}  // namespace netkit::client
