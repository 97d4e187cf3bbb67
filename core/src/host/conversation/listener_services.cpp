#include "host/conversation/listener_services.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "base/run_guarded.h"
#include "host/conversation/group.h"
#include "host/upstream/connect.h"

namespace netkit {

/// The last task of a listener on its loop. A loop that has stopped destroys its tasks without running them, which ends
/// the listener just as well.
class ListenerLoop::End {
 public:
  End(std::shared_ptr<ListenerLoop> loop, std::shared_ptr<const void> kept)
      : kept_(std::move(kept)), loop_(std::move(loop)) {}
  End(End&&) noexcept = default;
  End& operator=(End&&) = delete;
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { (*this)(); }

  void operator()() {
    if (const std::shared_ptr<ListenerLoop> loop = std::exchange(loop_, nullptr)) loop->finish();
    kept_.reset();
  }

 private:
  std::shared_ptr<const void> kept_;
  std::shared_ptr<ListenerLoop> loop_;
};

bool ListenerLoop::run(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  used_ = true;
  announce();
  return true;
}

/// The timer is on its way to the loop before end() can send the end after it.
Timer ListenerLoop::after(std::chrono::nanoseconds delay, Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  used_ = true;
  return start_timer(shared_from_this(), delay, std::move(task));
}

/// It begins as a task: while a config is only checked, nothing is connected.
Upstream ListenerLoop::connect(Executor& workers, const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  // The loop's end comes before that of what the handler and the framing are made of.
  UpstreamStart start = prepare_upstream(shared_from_this(), workers, nullptr, target, std::move(handler));
  run(std::move(start.begin));
  return start.upstream;
}

void ListenerLoop::begin() {
  const std::lock_guard lock(mutex_);
  begun_ = true;
  announce();
}

void ListenerLoop::announce() {
  if (!begun_ || tasks_.empty() || announced_) return;
  loop_.post([self = shared_from_this()] { self->run_tasks(); });
  announced_ = true;
}

void ListenerLoop::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    announced_ = false;
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) {
    run_guarded(task, [this](const char* why) {
      const auto tell = [&] {
        const std::string text = std::string("a task of the handler failed: ") + why;
        log_->event(LogLevel::error, "task-failed", {{"error", why}, {"text", text}});
      };
      run_guarded(tell, [](const char* /*why*/) {});  // no memory for the line
    });
  }
}

void ListenerLoop::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void ListenerLoop::end(std::shared_ptr<const void> kept) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (used_) loop_.post(End(shared_from_this(), std::move(kept)));
}

void ListenerLoop::finish() {
  end_parts();
  std::vector<Task> left;
  const std::lock_guard lock(mutex_);
  left.swap(tasks_);
}

ListenerServices::ListenerServices(const std::vector<EventLoop*>& loops, Executor& workers,
                                   const std::shared_ptr<Log>& log, std::weak_ptr<const void> plugins)
    : workers_(workers), plugins_(std::move(plugins)) {
  for (EventLoop* loop : loops) loops_.push_back(std::make_shared<ListenerLoop>(*loop, log));
}

ListenerServices::~ListenerServices() = default;

Group ListenerServices::make_group(SlowMember slow) {
  return Group(std::make_shared<ConversationGroup>(slow, loops_, plugins_));
}

void ListenerServices::begin() {
  for (const auto& loop : loops_) loop->begin();
}

void ListenerServices::close() {
  for (const auto& loop : loops_) loop->close();
}

void ListenerServices::end(std::shared_ptr<const void> kept) {
  for (const auto& loop : loops_) loop->end(kept);
  kept.reset();  // here, if no loop has it
}

}  // namespace netkit
