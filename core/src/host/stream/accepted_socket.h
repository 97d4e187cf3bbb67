#pragma once

#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// An accepted connection on its way to the loop that will own it. Dropped on the way, it is closed and its place is
/// free again.
struct AcceptedSocket {
  UniqueFd socket;
  PeerAddress address;
  ConnectionPermit place;
};

}  // namespace netkit
