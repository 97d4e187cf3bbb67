#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "host/listener/listener_context.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Where listener contexts go when their last connection has ended, so that the main thread destroys them: with them go
/// handlers, which may take their time, and plugins, which are unloaded. An event loop must not wait for either, nor
/// for memory that goes back to the system.
class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  Reaper();

  /// Hands a context out that comes back here.
  std::shared_ptr<ListenerContext> watch_over(std::unique_ptr<ListenerContext> context);

  /// Much of what was allocated has been freed: reap() gives it back to the system, now or, once a second being enough,
  /// soon. The allocator does that by itself only at the ends of its heaps, where any small block that lives on keeps
  /// it from doing so. Any thread.
  void much_was_freed() noexcept;

  /// Destroys what has come back. Main thread, like all that follows. True if it gave memory back: event loops have
  /// ends of heaps to give back then.
  bool reap();
  /// When reap() has something to do that it has put off; TimePoint::max() if it has not.
  TimePoint due() const { return trim_ ? next_trim_ : TimePoint::max(); }

  /// Readable when there is something for reap() to do.
  int descriptor() const { return wake_.get(); }

 private:
  bool trim_heap();
  void take(std::unique_ptr<ListenerContext> context) noexcept;

  UniqueFd wake_;
  std::atomic<bool> trim_{false};
  TimePoint next_trim_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<ListenerContext>> ended_;  // guarded by mutex_
};

}  // namespace netkit
