#pragma once

#include <memory>

#include "admission/limits.h"
#include "admission/port_set.h"
#include "admission/shared_budget.h"
#include "admission/usage.h"

namespace netkit {

/// What the listeners of a server have together; outlives them. Thread-safe.
struct ServerState : ServerUsage {
  SharedPortSet datagram_ports{};  ///< The ports that datagrams are served on.
  /// Of files that keep what waits for peers. Handlers may hold it longer than this object lives.
  std::shared_ptr<SharedBudget> spool = std::make_shared<SharedBudget>(ServerLimits().spool);

  /// Limits the server from now on.
  void use_limits(const ServerLimits& limits) {
    use(limits);
    spool->allow(limits.spool);
  }
};

}  // namespace netkit
