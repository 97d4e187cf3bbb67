#pragma once

#include "netkit-ctl/admin_client.h"
#include "netkit-ctl/command_line.h"

namespace netkit::ctl {

/// Does what the command line says, and prints it. Returns the exit status. Throws NoServer.
int run_command(AdminClient& client, const CommandLine& line);

}  // namespace netkit::ctl
