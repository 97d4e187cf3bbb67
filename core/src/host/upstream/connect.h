#pragma once

#include <memory>

#include "base/executor.h"
#include "host/conversation/loop_owner.h"
#include "netkit/upstream.h"

namespace netkit {

/// Opens an onward connection on the loop of `owner`, which it ends with. `workers` resolve names. `keeps`: what the
/// handler and the framing are made of, held as long as the connection holds those; null if the owner sees to that
/// itself. Throws std::invalid_argument for a target without a framing or without a handler. Any thread.
Upstream connect_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                          const Target& target, std::shared_ptr<UpstreamHandler> handler);

}  // namespace netkit
