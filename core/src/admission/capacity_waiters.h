#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace netkit {

/// Waits until one more connection may be let in.
class CapacityWaiter {
 public:
  virtual ~CapacityWaiter() = default;
  /// A connection may be let in now, unless another waiter was faster. Any thread; must not block.
  virtual void capacity_came() noexcept = 0;
};

/// Tells those that wait for capacity when a connection has ended. As long as nobody waits, the end of a connection
/// costs one look at a flag. Thread-safe.
class CapacityWaiters {
 public:
  /// Tells `waiter` once, at the next notify_all(). Look again after this call: capacity may have come just before it.
  void add(const std::shared_ptr<CapacityWaiter>& waiter) {
    const std::lock_guard lock(mutex_);
    if (std::find(waiters_.begin(), waiters_.end(), waiter) == waiters_.end()) waiters_.push_back(waiter);
    any_ = true;
  }

  void notify_all() {
    if (!any_) return;
    std::vector<std::shared_ptr<CapacityWaiter>> notified;
    {
      const std::lock_guard lock(mutex_);
      notified.swap(waiters_);
      any_ = false;
    }
    for (const auto& waiter : notified) waiter->capacity_came();
  }

 private:
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<CapacityWaiter>> waiters_;  // guarded by mutex_
};

}  // namespace netkit
