#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <semaphore>
#include <utility>

#include "base/clock.h"
#include "host/loop/event_loop.h"

namespace netkit {

/// Lets a thread outside the loops post tasks to them and wait until these have run. One thread.
class TaskReceipts {
 public:
  /// `task` runs on `loop`, which outlives it.
  template <typename Task>
  void post(EventLoop& loop, Task task) {
    loop.post([task = std::move(task), run = run_]() mutable {
      task();
      run->release();
    });
    ++posted_;
  }

  /// Returns when all tasks have run, or after 200 ms with false: a loop that a handler keeps from turning must not
  /// keep the caller.
  bool wait() {
    constexpr std::chrono::milliseconds kPatience{200};
    const TimePoint deadline = Clock::now() + kPatience;
    for (; posted_ > 0; --posted_) {
      if (!run_->try_acquire_until(deadline)) return false;
    }
    return true;
  }

 private:
  std::shared_ptr<std::counting_semaphore<>> run_ = std::make_shared<std::counting_semaphore<>>(0);
  std::size_t posted_ = 0;
};

}  // namespace netkit
