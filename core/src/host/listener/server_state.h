#pragma once

#include "admission/usage.h"
#include "host/datagram/port_set.h"

namespace netkit {

/// What the listeners of a server have together; outlives them. Thread-safe.
struct ServerState : ServerUsage {
  SharedPortSet datagram_ports{};  ///< The ports that datagrams are served on.
};

}  // namespace netkit
