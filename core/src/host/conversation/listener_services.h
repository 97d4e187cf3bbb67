#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/executor.h"
#include "host/loop/event_loop.h"
#include "host/loop/loop_owner.h"
#include "netkit/listener.h"
#include "netkit/log.h"

namespace netkit {

/// A listener on one of its loops: runs the listener's tasks there, and owns its timers and onward connections.
class ListenerLoop final : public LoopOwner, public std::enable_shared_from_this<ListenerLoop> {
 public:
  ListenerLoop(EventLoop& loop, std::shared_ptr<Log> log) : loop_(loop), log_(std::move(log)) {}

  // Any thread.
  EventLoop& event_loop() override { return loop_; }
  bool run(Task task) override;
  bool calling() const override { return false; }
  bool in_background() const override { return true; }
  Timer after(std::chrono::nanoseconds delay, Task task);
  /// `workers` resolve names.
  Upstream connect(Executor& workers, const Target& target, std::shared_ptr<UpstreamHandler> handler);

  /// Tasks that have been given run from now on.
  void begin();
  /// Takes no task any more.
  void close();
  /// The same; destroys on the loop what is there, and then lets go of `kept`.
  void end(std::shared_ptr<const void> kept);

 private:
  class End;

  void announce();
  void run_tasks();
  void finish();

  EventLoop& loop_;
  const std::shared_ptr<Log> log_;
  std::mutex mutex_;
  std::vector<Task> tasks_;  // guarded by mutex_, as is all below
  bool begun_ = false;
  bool closed_ = false;
  bool used_ = false;       // something of the listener's plugins may be on the loop
  bool announced_ = false;  // the loop will see to the tasks
};

/// What a handler uses of its listener apart from conversations. Tasks that are given before begin() wait for it. Every
/// call may come from any thread.
class ListenerServices final : public ListenerCore {
 public:
  /// The loops are not touched any more after close(), or once end() has let go. `plugins`: the code of the handler,
  /// which lasts until then. `log`: for tasks that throw. `workers`: see ListenerLoop::connect().
  ListenerServices(const std::vector<EventLoop*>& loops, Executor& workers, const std::shared_ptr<Log>& log,
                   std::weak_ptr<const void> plugins);
  ~ListenerServices() override;

  std::size_t loops() const noexcept override { return loops_.size(); }
  bool run(std::size_t loop, Task task) override { return loops_.at(loop)->run(std::move(task)); }
  Timer after(std::size_t loop, std::chrono::nanoseconds delay, Task task) override {
    return loops_.at(loop)->after(delay, std::move(task));
  }
  Upstream connect(std::size_t loop, const Target& target, std::shared_ptr<UpstreamHandler> handler) override {
    return loops_.at(loop)->connect(workers_, target, std::move(handler));
  }
  Group make_group(SlowMember slow) override;

  void begin();
  /// Nothing runs, now or later: the config is only checked.
  void close();
  /// The handler is not used any more: ends timers and tasks on their loops and then lets go of `kept`, the handler
  /// itself, on the last of them. Does not wait.
  void end(std::shared_ptr<const void> kept);

 private:
  Executor& workers_;
  const std::weak_ptr<const void> plugins_;
  std::vector<std::shared_ptr<ListenerLoop>> loops_;
};

}  // namespace netkit
