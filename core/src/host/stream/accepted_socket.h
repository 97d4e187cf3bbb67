#pragma once

#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "netkit/unique_fd.h"

namespace netkit {

struct ListenerContext;

/// An accepted connection on its way to the loop that will own it. Dropped on the way, it is closed and its permit goes
/// back.
struct AcceptedSocket {
  ListenerContext& context;  ///< Kept alive by the permit.
  UniqueFd socket;
  PeerAddress address;
  ConnectionPermit permit;
  bool proxied = false;  ///< `address` is what a PROXY header says, and not the socket's peer.
};

}  // namespace netkit
