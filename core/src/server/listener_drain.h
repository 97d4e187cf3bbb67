#pragma once

#include <memory>
#include <vector>

#include "host/listener/listener_context.h"
#include "host/loop/deadline_wheel.h"
#include "server/ports/port.h"

namespace netkit {

/// Ends the conversations of listeners that are no more: what runs may finish, for a while. Main thread.
class ListenerDrain {
 public:
  explicit ListenerDrain(const LoopRing& loops) : loops_(loops) {}

  /// Drains the conversations of `context`; those that have not ended at `deadline` are aborted.
  void begin(const std::shared_ptr<ListenerContext>& context, TimePoint deadline);

  /// Aborts what is overdue.
  void tend(TimePoint now);
  /// When tend() has something to do; TimePoint::max() if nothing retires.
  TimePoint next() const;

 private:
  struct Retiring {
    std::weak_ptr<ListenerContext> context;
    TimePoint deadline;
  };

  template <class Act>
  void for_each_channel(const std::shared_ptr<ListenerContext>& context, Act act);

  const LoopRing& loops_;
  std::vector<Retiring> retiring_;
};

}  // namespace netkit
