#pragma once

#include <string>

#include "netkit/peer.h"

namespace netkit::process {

/// Whom a program counts for: an IPv4 address, the network part (/64) of an IPv6 one, a user of a Unix socket.
std::string source_of(const Peer& peer);

}  // namespace netkit::process
