#include "host/loop/task_queue.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "base/run_guarded.h"

namespace netkit {

TaskQueue::TaskQueue(Log& log) : log_(log), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void TaskQueue::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (first) wake();
}

void TaskQueue::wake() const { ::eventfd_write(wake_.get(), 1); }

void TaskQueue::run_posted() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  run(tasks);
}

void TaskQueue::run_own() {
  std::vector<Task> tasks;
  tasks.swap(own_tasks_);
  run(tasks);
}

void TaskQueue::run(std::vector<Task>& tasks) {
  for (Task& task : tasks) {
    run_guarded(task, [this](const char* why) {
      const auto tell = [&] {
        const std::string text = std::string("event loop task failed: ") + why;
        log_.event(LogLevel::error, "task-failed", {{"error", why}, {"text", text}});
      };
      run_guarded(tell, [](const char* /*why*/) {});
    });
  }
}

void TaskQueue::drop() {
  own_tasks_.clear();
  std::vector<Task> left;
  const std::lock_guard lock(mutex_);
  left.swap(tasks_);
}

}  // namespace netkit
