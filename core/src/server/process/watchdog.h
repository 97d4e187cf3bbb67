#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "host/loop/event_loop.h"

namespace netkit {

/// Looks now and then whether the event loops turn, and says in the log which plugin, call and listener keeps one that
/// does not. Main thread.
class Watchdog {
 public:
  /// The loops and the log outlive it. One for a process at a time: it uses a signal.
  Watchdog(const std::vector<std::unique_ptr<EventLoop>>& loops, Log& log);

  void tend(TimePoint now);
  /// When to call tend() next.
  TimePoint next() const { return next_; }

 private:
  void look_at(std::size_t index, TimePoint now);
  void tell(LogLevel level, std::string_view event, std::size_t index, std::chrono::nanoseconds time,
            std::string_view doing, const std::string& what);

  const std::vector<std::unique_ptr<EventLoop>>& loops_;
  Log& log_;
  std::vector<std::chrono::nanoseconds>
      told_;  // for each loop: how long it had been busy when that was told last; or 0
  TimePoint next_;
};

}  // namespace netkit
