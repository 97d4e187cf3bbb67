#pragma once

#include "netkit/task.h"

namespace netkit {

/// Runs tasks, each on some thread, in the order they came. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  /// `call` must not throw. Throws if there is no memory or no thread at all, leaving `call` as it is.
  virtual void submit(Task&& call) = 0;
};

}  // namespace netkit
