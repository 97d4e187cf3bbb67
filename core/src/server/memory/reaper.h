#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Collects listener contexts whose last connection has ended, and their handlers, so that the main thread destroys
/// them. That may take long, and unloads plugins; an event loop must not wait for this, nor for returning memory to the
/// system.
class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  Reaper();

  /// Wraps an object so that the last shared_ptr hands it to this reaper.
  template <class Type>
  std::shared_ptr<Type> watch_over(std::unique_ptr<Type> object) {
    return {object.release(), [reaper = shared_from_this()](Type* ended) {
              reaper->take({ended, [](void* one) { std::default_delete<Type>()(static_cast<Type*>(one)); }});
            }};
  }

  /// Tells the reaper that much memory was freed. reap() then returns it to the system, at most once a second. The
  /// allocator by itself returns memory only from the end of a heap, where one small live block prevents it. Any
  /// thread.
  void much_was_freed() noexcept;

  /// Destroys what was collected, and what that lets go of in turn. Returns true if it also returned memory: then each
  /// event loop should return the end of its own heap. This and the functions below: main thread.
  bool reap();
  /// When to call reap() for work that it postponed; TimePoint::max() if there is none.
  TimePoint due() const { return trim_ ? next_trim_ : TimePoint::max(); }

  /// Readable when reap() has something to do.
  int descriptor() const { return wake_.get(); }

 private:
  using Ended = std::unique_ptr<void, void (*)(void*)>;

  bool trim_heap();
  void take(Ended ended) noexcept;
  std::vector<Ended> take_all();

  UniqueFd wake_;
  std::atomic<bool> trim_{false};
  TimePoint next_trim_{};
  std::mutex mutex_;
  std::vector<Ended> ended_;  // guarded by mutex_
};

}  // namespace netkit
