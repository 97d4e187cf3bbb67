#pragma once

#include <cstddef>
#include <cstdint>

#include "host/deadline_wheel.h"
#include "session/close_reason.h"

namespace netkit {

struct ListenerContext;

/// Something with a descriptor that an event loop owns and serves. Everything runs on the loop's thread.
class Channel : public DeadlineWheel::Node {
 public:
  virtual ~Channel() = default;

  /// What epoll reports of the descriptor, EPOLLIN and so on.
  virtual void on_events(std::uint32_t events) = 0;
  /// The deadline set with EventLoop::set_deadline() has come.
  virtual void on_deadline() {}
  /// True if this is a conversation that `context` began: what is drained when its listener is removed.
  virtual bool belongs_to(const ListenerContext& context) const = 0;
  /// Take no new work, finish what runs, then release yourself.
  virtual void drain() = 0;
  /// End now: cancel what runs and release yourself as soon as nothing refers to you. For out_of_resources a channel
  /// that serves everybody stays as it is.
  virtual void abort(CloseReason reason) = 0;

 private:
  friend class EventLoop;
  std::size_t place_ = 0;  // in the loop's list of channels
};

}  // namespace netkit
