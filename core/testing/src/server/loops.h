#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "netkit/task.h"
#include "netkit/timer.h"

namespace netkit::testing {

class ConversationState;

/// Runs tasks as calls of its handler: a conversation, or the listener.
class TaskOwner {
 public:
  virtual ~TaskOwner() = default;
  /// False once the owner has ended. Any thread.
  virtual bool run(Task task) = 0;
};

/// The event loops of a test server, all on the test's thread: tasks, timers and the clock that the test moves. Handles
/// may outlive the server.
class Loops : public std::enable_shared_from_this<Loops> {
 public:
  using Time = std::chrono::nanoseconds;  ///< Since the server's start.

  // Any thread.

  /// False once the server has ended.
  bool post(Task task);
  Timer after(Time delay, std::weak_ptr<TaskOwner> owner, Task task);
  void cancel(const TimerCore& timer) noexcept;
  /// Something has changed that the test may wait for.
  void wake();
  void add(std::uint64_t id, std::weak_ptr<ConversationState> conversation);
  std::shared_ptr<ConversationState> find(std::uint64_t id);

  // The test's thread.

  /// Runs the tasks there are. False if there were none.
  bool run_tasks();
  /// Moves the clock to the next timer that is due until `until` and has its owner run it. False if there is none.
  bool run_timer(Time until);
  Time now();
  void set_now(Time now);
  void cancel_all_of(const TaskOwner& owner);
  /// Waits for wake() or post(). False at the end of the time.
  bool wait(std::chrono::steady_clock::time_point until);
  void close();

 private:
  struct Waiting {
    std::shared_ptr<TimerCore> timer;
    std::weak_ptr<TaskOwner> owner;
    Task task;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::multimap<Time, Waiting> timers_;
  std::map<std::uint64_t, std::weak_ptr<ConversationState>> conversations_;
  std::uint64_t changes_ = 0;
  std::uint64_t seen_ = 0;
  Time now_{0};  // guarded by mutex_, as is all here
  bool closed_ = false;
};

}  // namespace netkit::testing
