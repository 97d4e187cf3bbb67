#pragma once

#include <memory>
#include <vector>

#include "host/listener/listener_context.h"
#include "host/loop/deadline_wheel.h"
#include "server/listeners/served_listener.h"
#include "server/ports/port.h"

namespace netkit {

/// Drains the sessions of removed listeners: they may finish what they are doing until a deadline. Main thread.
class ListenerDrain {
 public:
  /// Both outlive it.
  ListenerDrain(const LoopRoundRobin& loops, HostLog& log) : loops_(loops), log_(log) {}

  /// Drains the sessions of `context` and aborts those that are still open at `deadline`.
  void begin(const std::shared_ptr<ListenerContext>& context, TimePoint deadline);

  /// Ends the sessions that began with a former version of `listener` and that it would not let in any more, in order.
  void readmit(const ServedListener& listener);

  /// Aborts nothing any more; sessions that drain already end all the same.
  void cancel(const std::shared_ptr<ListenerContext>& context);

  /// Aborts sessions whose deadline has passed.
  void tend(TimePoint now);
  /// When to call tend() next; TimePoint::max() if nothing drains.
  TimePoint next() const;

 private:
  struct Retiring {
    std::weak_ptr<ListenerContext> context;
    TimePoint deadline;
  };

  template <class Act>
  void for_each_channel(const std::shared_ptr<ListenerContext>& context, Act act);
  void readmit(const std::shared_ptr<ListenerContext>& before, const std::shared_ptr<ListenerContext>& now);

  const LoopRoundRobin& loops_;
  HostLog& log_;
  std::vector<Retiring> retiring_;
};

}  // namespace netkit
