#include "host/upstream/upstream_handle.h"

#include <utility>

#include "host/loop/event_loop.h"
#include "host/upstream/upstream_connection.h"

namespace netkit {

bool UpstreamHandle::send(SharedBody body, const Attributes& attributes) {
  bool accepted = false;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open() || end_ || close_) return false;
    accepted = waiting() < kOutputLimit;
    if (accepted) {
      const std::size_t weight = body->size();
      messages_.push_back({std::move(body), attributes});
      posted_.fetch_add(weight, std::memory_order_relaxed);
    } else if (wants_room_.exchange(true)) {
      return false;
    }
    first = !std::exchange(announced_, true);  // the loop looks for room once more when it is refused
  }
  if (first) announce();
  return accepted;
}

void UpstreamHandle::finish(bool& asked) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open() || std::exchange(asked, true)) return;
    first = !std::exchange(announced_, true);
  }
  if (first) announce();
}

void UpstreamHandle::resume() {
  if (!paused_.exchange(false)) return;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open()) return;
    first = !std::exchange(announced_, true);
  }
  if (first) announce();
}

void UpstreamHandle::announce() {
  loop_.post([self = shared_from_this()] {
    if (self->connection_ != nullptr) self->connection_->on_mail();
  });
}

void UpstreamHandle::attach(UpstreamConnection& connection) {
  connection_ = &connection;
  const std::lock_guard lock(mutex_);
  if (announced_) announce();
}

void UpstreamHandle::owner_ended() {
  if (connection_ != nullptr) connection_->owner_ended();
}

UpstreamMail UpstreamHandle::take_mail() {
  const std::lock_guard lock(mutex_);
  announced_ = false;
  posted_ = 0;
  return {.messages = std::exchange(messages_, {}), .end = end_, .close = close_};
}

void UpstreamHandle::shut() {
  std::vector<UpstreamMail::Message> dropped;
  const std::lock_guard lock(mutex_);
  open_.store(false, std::memory_order_release);
  dropped.swap(messages_);
}

}  // namespace netkit
