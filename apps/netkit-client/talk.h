#pragma once

#include "netkit-client/command_line.h"
#include "netkit-client/output/printer.h"
#include "netkit-client/run.h"
#include "netkit-client/session.h"

namespace netkit::client {

/// How answers are printed in this session.
PrinterOptions printer_options(const CommandLine& line, const ClientSession& session);

/// Sends the messages of the command line, or of standard input, and prints the answers.
RunResult talk(const CommandLine& line, ClientSession& session);

}  // namespace netkit::client
