#pragma once

#include <string>
#include <vector>

#include "netkit/conversation.h"

namespace netkit::process {

/// What a program finds in its environment of its peer, and where that has found the server: as ucspi-tcp, ucspi-unix
/// and systemd name it.
std::vector<std::string> peer_variables(const Conversation& conversation);

}  // namespace netkit::process
