#pragma once

#include "admission/port_set.h"
#include "admission/usage.h"

namespace netkit {

/// What the listeners of a server have together; outlives them. Thread-safe.
struct ServerState : ServerUsage {
  SharedPortSet datagram_ports{};  ///< The ports that datagrams are served on.
};

}  // namespace netkit
