#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "host/loop/cancellable_task.h"

namespace netkit {

/// Tells those who wait for room that a connection has ended. Costs those who leave one look at a flag as long as
/// nobody waits. Thread-safe.
class CapacityWaiters {
 public:
  /// Calls `waiting` once, at the next ring. Look again after this call: the room may have come just before it.
  void wait(const std::shared_ptr<CancellableTask>& waiting) {
    const std::lock_guard lock(mutex_);
    if (std::find(waiting_.begin(), waiting_.end(), waiting) == waiting_.end()) waiting_.push_back(waiting);
    anybody_ = true;
  }

  void ring() {
    if (!anybody_) return;
    std::vector<std::shared_ptr<CancellableTask>> called;
    {
      const std::lock_guard lock(mutex_);
      called.swap(waiting_);
      anybody_ = false;
    }
    for (const auto& one : called) one->call();
  }

 private:
  std::atomic<bool> anybody_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<CancellableTask>> waiting_;  // guarded by mutex_
};

}  // namespace netkit
