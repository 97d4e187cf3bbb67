#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "config/model/config.h"
#include "host/listener/connection_record.h"
#include "host/loop/event_loop.h"
#include "server/ports/port.h"
#include "server/process/watchdog.h"

namespace netkit {

class MemoryBudget;

/// The event loops of a server, from their start to their end, and the watchdog over them. Main thread, but for
/// relieve().
class LoopGroup {
 public:
  /// `log` must outlive it.
  LoopGroup(const EventLoops& config, HostLog& log);

  LoopRoundRobin& round_robin() { return round_robin_; }
  const std::vector<EventLoop*>& all() const { return round_robin_.all(); }

  /// Starts the threads, each on a processor of its own if the config says so.
  void start();

  /// Lets the watchdog look at the loops, at due().
  void tend(TimePoint now) { watchdog_.tend(now); }
  TimePoint due() const { return watchdog_.next(); }

  /// Returns the end of each thread's heap to the system.
  void give_back_memory();

  /// Ends the heaviest conversations of each loop until `memory` is tight no more: first the heavy ones, and only if
  /// that was not enough others too. The last loop tells `memory` that it is over. Any thread.
  void relieve(MemoryBudget& memory);

  /// True if no loop has a connection or a socket.
  bool idle() const;

  /// Asks all connections to end when they have answered.
  void drain();
  /// True once all of them have ended.
  bool drained() const { return draining_ == loops_.size() && idle(); }

  /// Waits until something is over or `deadline` passes; the watchdog looks meanwhile. Polls `hurry`, and returns true
  /// if that has ended it.
  bool wait_for(const std::function<bool()>& over, TimePoint deadline, const std::function<bool()>& hurry);

  /// Ends all that is left on the loops. What is returned tells whether each of them has come to it.
  std::function<bool()> abort();

  /// Joins the threads.
  void stop();
  /// Destroys the loops and what was posted to them.
  void destroy() { loops_.clear(); }

 private:
  void pin();
  void relieve(MemoryBudget& memory, std::size_t least);
  void relieved(MemoryBudget& memory, std::size_t least);

  HostLog& log_;
  const bool pin_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  LoopRoundRobin round_robin_;
  Watchdog watchdog_;
  std::atomic<std::size_t> draining_{0};   // loops that have begun to drain
  std::atomic<std::size_t> relieving_{0};  // loops that have yet to relieve memory
};

}  // namespace netkit
