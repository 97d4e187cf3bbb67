#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "netkit/group.h"
#include "netkit/task.h"
#include "netkit/timer.h"
#include "netkit/upstream.h"

namespace netkit {

/// What a Listener holds; implemented by the server and by netkit::testing. Every call may come from any thread.
class ListenerCore {
 public:
  virtual ~ListenerCore() = default;
  /// As Listener's functions of these names.
  /// @{
  virtual std::size_t loops() const noexcept = 0;
  virtual bool run(std::size_t loop, Task task) = 0;
  virtual Timer after(std::size_t loop, std::chrono::nanoseconds delay, Task task) = 0;
  virtual Upstream connect(std::size_t loop, const Target& target, std::shared_ptr<UpstreamHandler> handler) = 0;
  virtual Group make_group(SlowMember slow) = 0;
  /// @}
};

/// A handle of the listener that a handler serves, for what belongs to no single conversation. It may be copied, kept
/// and used by any thread. Loops are numbered from 0; Conversation::loop() says which one serves a conversation, and
/// what runs on that loop may use the objects that the handler keeps for it without a lock. A number that is not below
/// loops() throws std::out_of_range. Tasks begin to run when the listener is taken into use, after its handler has been
/// made; tasks, timers and onward connections end before the handler does. While a config is only checked, nothing
/// runs.
class Listener {
 public:
  /// A handle of no listener: there is no loop, and nothing runs.
  Listener() = default;
  /// For whoever implements listeners.
  explicit Listener(std::shared_ptr<ListenerCore> core) : core_(std::move(core)) {}

  /// How many event loops serve it.
  std::size_t loops() const noexcept { return core_ ? core_->loops() : 0; }
  /// Runs `task` on a loop, in the order of the calls. It must not wait. False if the listener is gone; a task that
  /// throws is logged.
  bool run(std::size_t loop, Task task) const { return core_ && core_->run(loop, std::move(task)); }
  /// The same after `delay`. The timer is over at once if the listener is gone.
  Timer after(std::size_t loop, std::chrono::nanoseconds delay, Task task) const {
    return core_ ? core_->after(loop, delay, std::move(task)) : Timer();
  }
  /// Opens an onward connection on a loop.
  Upstream connect(std::size_t loop, const Target& target, std::shared_ptr<UpstreamHandler> handler) const {
    return core_ ? core_->connect(loop, target, std::move(handler)) : Upstream();
  }
  /// A new, empty group, of conversations of this listener or others.
  Group make_group(SlowMember slow) const { return core_ ? core_->make_group(slow) : Group(); }

 private:
  std::shared_ptr<ListenerCore> core_;
};

}  // namespace netkit
