#pragma once

#include "netkit/responder.h"

namespace netkit {

/// Tells a session who it talks to. Implemented by the hosts; outlives the session.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual Peer peer() const = 0;
};

}  // namespace netkit
