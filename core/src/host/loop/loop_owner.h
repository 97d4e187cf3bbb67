#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "netkit/task.h"
#include "netkit/timer.h"

namespace netkit {

class EventLoop;

/// What timers and onward connections belong to, and end with: a conversation, or a listener on one of its loops. Loop
/// thread, where nothing else is said.
class LoopOwner {
 public:
  /// Ends with its owner.
  class Part {
   public:
    virtual ~Part() = default;
    /// The owner has ended. Must not remove itself, which has happened already.
    virtual void owner_ended() = 0;

   private:
    friend class LoopOwner;
    std::size_t place_ = 0;  // among the parts of its owner
  };

  virtual ~LoopOwner() = default;

  /// Any thread.
  virtual EventLoop& event_loop() = 0;
  /// Runs `task` as a call of the owner's handler. False once the owner has ended. Any thread.
  virtual bool run(Task task) = 0;
  /// True while a call of the owner's handler is under way on another thread: what calls the handler has to go by
  /// run().
  virtual bool calling() const = 0;
  /// True if it lasts as long as the server: what it owns is nothing to wait for when that ends.
  virtual bool in_background() const { return false; }

  /// False, and nothing is kept, once the owner has ended.
  bool add_part(std::shared_ptr<Part> part) {
    if (ended_) return false;
    part->place_ = parts_.size();
    parts_.push_back(std::move(part));
    return true;
  }
  void remove_part(const Part& part) {
    if (part.place_ >= parts_.size() || parts_[part.place_].get() != &part) return;
    const std::shared_ptr<Part> removed = std::exchange(parts_[part.place_], std::move(parts_.back()));
    if (parts_[part.place_]) parts_[part.place_]->place_ = part.place_;
    parts_.pop_back();
  }

 protected:
  void end_parts() {
    ended_ = true;
    std::vector<std::shared_ptr<Part>> parts = std::exchange(parts_, {});
    for (const auto& part : parts) part->owner_ended();
  }

 private:
  std::vector<std::shared_ptr<Part>> parts_;
  bool ended_ = false;
};

/// A timer that runs `task` by `owner`. Any thread.
Timer start_timer(const std::shared_ptr<LoopOwner>& owner, std::chrono::nanoseconds delay, Task task);

}  // namespace netkit
