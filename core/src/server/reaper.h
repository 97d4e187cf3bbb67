#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "host/listener/listener_context.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Collects listener contexts whose last connection has ended, so that the main thread destroys them. That destroys
/// handlers, which may take long, and unloads plugins; an event loop must not wait for this, nor for returning memory
/// to the system.
class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  Reaper();

  /// Wraps a context so that the last shared_ptr hands it to this reaper.
  std::shared_ptr<ListenerContext> watch_over(std::unique_ptr<ListenerContext> context);

  /// Tells the reaper that much memory was freed. reap() then returns it to the system, at most once a second. The
  /// allocator by itself returns memory only from the end of a heap, where one small live block prevents it. Any
  /// thread.
  void much_was_freed() noexcept;

  /// Destroys the collected contexts. Returns true if it also returned memory: then each event loop should return the
  /// end of its own heap. This and the functions below: main thread.
  bool reap();
  /// When to call reap() for work that it postponed; TimePoint::max() if there is none.
  TimePoint due() const { return trim_ ? next_trim_ : TimePoint::max(); }

  /// Readable when reap() has something to do.
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
