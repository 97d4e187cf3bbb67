#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "command_run.h"
#include "netkit/unique_fd.h"

struct epoll_event;

namespace netkit::exec {

/// Watches the commands of one listener from their start to their end, on one thread of its own, which the first of
/// them begins. Their ends, and what is done with the outcome, come on that thread.
class CommandMonitor {
 public:
  /// Throws std::system_error.
  CommandMonitor();
  /// Ends the commands that still run, without an outcome.
  ~CommandMonitor();
  CommandMonitor(const CommandMonitor&) = delete;
  CommandMonitor& operator=(const CommandMonitor&) = delete;

  /// Takes over a command that was started, and finishes it when it is over. `stop` cancels it. Any thread.
  void watch(std::unique_ptr<CommandRun> run, const std::stop_token& stop);

 private:
  using TimePoint = CommandRun::Clock::time_point;
  struct Watched;
  /// A stop request, which arrives on another thread.
  struct Cancel {
    CommandMonitor* monitor;
    std::weak_ptr<Watched> watched;
    void operator()() const noexcept;
  };

  using Runs = std::map<const Watched*, std::shared_ptr<Watched>>;

  void add(const std::shared_ptr<Watched>& watched);
  void keep(const std::shared_ptr<Watched>& watched);
  bool watch_descriptors(Watched& watched) const;
  void wake() const noexcept;
  void run();
  int patience();
  void take(const epoll_event& event);
  void see_to_cancelled();
  void see_to_deadlines();
  void settle(Watched& watched);
  void finish(Watched& watched);

  const UniqueFd epoll_;
  const UniqueFd wake_;
  std::thread thread_;
  std::mutex mutex_;
  Runs watched_;                                        // guarded by mutex_, as is all below
  std::set<std::pair<TimePoint, Watched*>> deadlines_;  // of watched_
  std::vector<std::weak_ptr<Watched>> cancelled_;       // to be seen to
  TimePoint wakes_at_ = TimePoint::max();               // when the thread looks by itself
  bool stopping_ = false;
  Runs finished_;  // the thread's own: events of this turn may still name them
};

}  // namespace netkit::exec
