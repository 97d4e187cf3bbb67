#pragma once

#include <memory>

#include "base/executor.h"
#include "host/loop/loop_owner.h"
#include "netkit/task.h"
#include "netkit/upstream.h"

namespace netkit {

/// An onward connection that has yet to begin.
struct UpstreamStart {
  Upstream upstream;
  /// To run on the owner's loop, not before the caller of connect() has its handle. Destroyed without having run, it
  /// leaves the handle closed.
  Task begin;
};

/// Makes an onward connection that ends with `owner`. `workers` resolve names. `keeps`: what the handler and the
/// framing are made of, held as long as the connection holds those; null if the owner sees to that itself. Throws
/// std::invalid_argument where the framing or the handler is missing. Any thread.
UpstreamStart prepare_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                               const Target& target, std::shared_ptr<UpstreamHandler> handler);

/// The same, and has it begin in one of the next turns of the loop.
Upstream connect_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                          const Target& target, std::shared_ptr<UpstreamHandler> handler);

}  // namespace netkit
