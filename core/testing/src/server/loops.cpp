#include "server/loops.h"

#include <algorithm>
#include <utility>

namespace netkit::testing {
namespace {

class LoopTimer final : public TimerCore {
 public:
  explicit LoopTimer(std::weak_ptr<Loops> loops) : loops_(std::move(loops)) {}
  void cancel() noexcept override {
    if (const auto loops = loops_.lock()) loops->cancel(*this);
  }

 private:
  const std::weak_ptr<Loops> loops_;
};

}  // namespace

bool Loops::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  ++changes_;
  changed_.notify_all();
  return true;
}

Timer Loops::after(Time delay, std::weak_ptr<TaskOwner> owner, Task task) {
  auto timer = std::make_shared<LoopTimer>(weak_from_this());
  const std::lock_guard lock(mutex_);
  if (closed_) return Timer();
  timers_.emplace(now_ + std::max(delay, Time(0)), Waiting{timer, std::move(owner), std::move(task)});
  return Timer(std::move(timer));
}

void Loops::cancel(const TimerCore& timer) noexcept {
  decltype(timers_)::node_type gone;  // its task is destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(timers_.begin(), timers_.end(), [&](const auto& one) { return one.second.timer.get() == &timer; });
  if (found != timers_.end()) gone = timers_.extract(found);
}

void Loops::wake() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  changed_.notify_all();
}

void Loops::add(std::uint64_t id, std::weak_ptr<ConversationState> conversation) {
  const std::lock_guard lock(mutex_);
  conversations_.emplace(id, std::move(conversation));
}

std::shared_ptr<ConversationState> Loops::find(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = conversations_.find(id);
  return found == conversations_.end() ? nullptr : found->second.lock();
}

bool Loops::run_tasks() {
  std::deque<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) task();
  return !tasks.empty();
}

bool Loops::run_timer(Time until) {
  Waiting due;
  {
    const std::lock_guard lock(mutex_);
    if (timers_.empty() || timers_.begin()->first > until) return false;
    now_ = std::max(now_, timers_.begin()->first);
    due = std::move(timers_.extract(timers_.begin()).mapped());
  }
  if (const auto owner = due.owner.lock()) owner->run(std::move(due.task));
  return true;
}

Loops::Time Loops::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

void Loops::set_now(Time now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

void Loops::cancel_all_of(const TaskOwner& owner) {
  std::vector<Waiting> gone;
  const std::lock_guard lock(mutex_);
  for (auto one = timers_.begin(); one != timers_.end();) {
    const auto held = one->second.owner.lock();
    const bool ends = held == nullptr || held.get() == &owner;
    if (ends) gone.push_back(std::move(one->second));
    one = ends ? timers_.erase(one) : std::next(one);
  }
}

bool Loops::wait(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  const bool changed = changed_.wait_until(lock, until, [this] { return changes_ != seen_; });
  seen_ = changes_;
  return changed;
}

void Loops::close() {
  std::deque<Task> tasks;
  decltype(timers_) timers;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  tasks.swap(tasks_);
  timers.swap(timers_);
}

}  // namespace netkit::testing
