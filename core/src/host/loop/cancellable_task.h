#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "host/loop/event_loop.h"

namespace netkit {

/// Something that other threads may have a loop do, until it is cancelled: both who asks and who is asked for may be
/// gone by then.
class CancellableTask : public std::enable_shared_from_this<CancellableTask> {
 public:
  /// `act` runs on the thread of `loop`, which outlives the task unless that has been cancelled.
  CancellableTask(EventLoop& loop, Task act) : loop_(&loop), act_(std::move(act)) {}

  /// Has it done soon. Any thread. Without memory for that nothing happens.
  void call() noexcept {
    try {
      const std::lock_guard lock(mutex_);
      if (loop_ == nullptr) return;
      loop_->post([self = shared_from_this()] {
        if (self->wanted()) self->act_();
      });
    } catch (const std::exception&) {
      return;  // who waits looks again by itself, in a while
    }
  }

  /// It is not done any more. Loop thread.
  void cancel() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  bool wanted() {
    const std::lock_guard lock(mutex_);
    return loop_ != nullptr;
  }

  std::mutex mutex_;
  EventLoop* loop_;  // guarded by mutex_; null once cancelled
  Task act_;         // run by the loop thread only
};

}  // namespace netkit
