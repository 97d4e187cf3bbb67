#pragma once

#include "netkit-client/command_line.h"
#include "netkit-client/run.h"
#include "netkit-client/session.h"

namespace netkit::client {

/// Talks to the server at a prompt, until Ctrl-D. The server is listened to while somebody types; after a lost
/// connection the next line connects again.
RunResult talk_at_prompt(const CommandLine& line, ClientSession& session);

}  // namespace netkit::client
