#pragma once

#include <memory>
#include <utility>

namespace netkit {

/// What a Timer holds; implemented by the server and by netkit::testing.
class TimerCore {
 public:
  virtual ~TimerCore() = default;
  /// The task does not run any more. Any thread; a task that runs at this moment is not waited for.
  virtual void cancel() noexcept = 0;
};

/// A task that runs once after a time, to the millisecond. Destroying or replacing the timer cancels it, and so does
/// the end of the conversation or listener that it belongs to. Any thread, one at a time.
class Timer {
 public:
  /// A timer that is over.
  Timer() = default;
  /// For whoever implements timers.
  explicit Timer(std::shared_ptr<TimerCore> core) : core_(std::move(core)) {}
  Timer(Timer&& other) noexcept = default;
  /// Cancels the one that it was.
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      cancel();
      core_ = std::move(other.core_);
    }
    return *this;
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  /// The task does not run any more, unless it runs at this moment.
  void cancel() {
    if (core_) core_->cancel();
    core_.reset();
  }
  /// Lets the task run although nobody holds the timer any more; it still ends with what it belongs to.
  void detach() { core_.reset(); }

 private:
  std::shared_ptr<TimerCore> core_;
};

}  // namespace netkit
