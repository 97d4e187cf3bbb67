#include <algorithm>
#include <atomic>
#include <utility>

#include "base/clock.h"
#include "host/loop/event_loop.h"
#include "host/loop/loop_owner.h"
#include "host/loop/timer_queue.h"

namespace netkit {
namespace {

/// Stands in the loop's queue as a part of its owner. Only the loop thread touches the task and the queue.
class LoopTimer final : public TimerCore,
                        public LoopOwner::Part,
                        private TimerQueue::Entry,
                        public std::enable_shared_from_this<LoopTimer> {
 public:
  LoopTimer(std::shared_ptr<LoopOwner> owner, TimePoint due, Task task)
      : owner_(std::move(owner)), loop_(owner_->event_loop()), due_(due), task_(std::move(task)) {}

  /// Loop thread.
  void start() {
    if (cancelled_ || !owner_ || !owner_->add_part(shared_from_this())) return forget();
    loop_.timers().add(*this, due_);
  }

  /// It is over: neither its owner nor its loop is touched any more.
  void forget() {
    cancelled_ = true;
    task_ = Task();
    owner_.reset();
  }

  void cancel() noexcept override {
    if (cancelled_.exchange(true)) return;
    try {
      if (loop_.is_here()) return stop();
      loop_.post([self = shared_from_this()] { self->stop(); });
    } catch (const std::exception&) {
      return;  // no memory: it comes to nothing when its time comes
    }
  }

  void owner_ended() override {
    if (waits()) loop_.timers().remove(*this);
    forget();
  }

 private:
  void expire() override {
    const std::shared_ptr<LoopTimer> self = shared_from_this();  // the owner may hold the last pointer
    const std::shared_ptr<LoopOwner> owner = owner_;
    Task task = std::move(task_);
    const bool wanted = !cancelled_;
    stop();
    if (wanted) owner->run(std::move(task));
  }

  void stop() {
    const std::shared_ptr<LoopTimer> self = shared_from_this();
    if (waits()) loop_.timers().remove(*this);
    if (owner_) owner_->remove_part(*this);
    forget();
  }

  std::shared_ptr<LoopOwner> owner_;  // null once it is over
  EventLoop& loop_;
  const TimePoint due_;
  Task task_;
  std::atomic<bool> cancelled_{false};
};

/// Starts a timer on its loop. A loop that has stopped destroys its tasks without running them: the timer is over then.
class Start {
 public:
  explicit Start(std::shared_ptr<LoopTimer> timer) : timer_(std::move(timer)) {}
  Start(Start&&) noexcept = default;
  Start& operator=(Start&&) = delete;
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;
  ~Start() {
    if (timer_) timer_->forget();
  }

  void operator()() { std::exchange(timer_, nullptr)->start(); }

 private:
  std::shared_ptr<LoopTimer> timer_;
};

}  // namespace

Timer start_timer(const std::shared_ptr<LoopOwner>& owner, std::chrono::nanoseconds delay, Task task) {
  const TimePoint due = Clock::now() + std::max(delay, std::chrono::nanoseconds(0));
  auto timer = std::make_shared<LoopTimer>(owner, due, std::move(task));
  EventLoop& loop = owner->event_loop();
  if (loop.is_here()) {
    timer->start();
  } else {
    loop.post(Start(timer));
  }
  return Timer(std::move(timer));
}

}  // namespace netkit
