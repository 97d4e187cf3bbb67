#pragma once

#include "host/peer_address.h"
#include "host/place.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// An accepted connection on its way to the loop that will own it. Dropped on the way, it is closed and its place is
/// free again.
struct Arrival {
  UniqueFd socket;
  PeerAddress address;
  Place place;
};

}  // namespace netkit
