#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "netkit/plugin.h"
#include "netkit/task.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// What is to run on the thread of a loop. A task that throws is logged, and the others run.
class TaskQueue {
 public:
  /// `log` must outlive it. Throws std::system_error.
  explicit TaskQueue(Log& log);

  /// Any thread but the loop's: the task runs in one of the next turns.
  void post(Task task);
  /// Makes descriptor() readable. Any thread.
  void wake() const;

  // The rest is for the loop thread.

  /// The task runs at the end of this turn.
  void post_own(Task task) { own_tasks_.push_back(std::move(task)); }
  bool has_own() const { return !own_tasks_.empty(); }

  /// Readable when there is something for run_posted().
  int descriptor() const { return wake_.get(); }
  void run_posted();
  /// What the tasks post in turn waits for the next turn, so that no task can keep the loop from its channels.
  void run_own();

  /// Destroys what has not run. The loop has stopped.
  void drop();

 private:
  void run(std::vector<Task>& tasks);

  Log& log_;
  UniqueFd wake_;
  std::mutex mutex_;
  std::vector<Task> tasks_;      // guarded by mutex_
  std::vector<Task> own_tasks_;  // posted by the loop thread
};

}  // namespace netkit
