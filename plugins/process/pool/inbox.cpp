#include "pool/inbox.h"

#include <utility>

namespace netkit::process {

Inbox::Put Inbox::put(Item& item, std::string_view body, const Conversation& conversation) {
  const std::lock_guard lock(mutex_);
  const std::size_t waiting = batch_.items.size();
  if (item.kind == Item::Kind::message && (waiting >= most_ || batch_.bodies.size() >= kMostBytes)) {
    if (waiting >= most_ + kOverrun) return Put::refused;
    if (paused_.empty() || !(paused_.back() == conversation)) {
      conversation.pause();
      paused_.push_back(conversation);
    }
  }
  length_.add(1);
  item.size = body.size();
  batch_.items.push_back(std::move(item));
  batch_.bodies.append(body);
  return waiting == 0 ? Put::first : Put::behind;
}

Inbox::Batch Inbox::take() {
  const std::lock_guard lock(mutex_);
  for (const Conversation& conversation : paused_) conversation.resume();
  paused_.clear();
  length_.add(-static_cast<std::int64_t>(batch_.items.size()));
  return std::exchange(batch_, std::exchange(spare_, {}));
}

void Inbox::recycle(Batch done) {
  done.items.clear();
  done.bodies.clear();
  if (done.items.capacity() * sizeof(Item) > kMostKept || done.bodies.capacity() > kMostKept) return;
  const std::lock_guard lock(mutex_);
  spare_ = std::move(done);
}

std::size_t Inbox::size() const {
  const std::lock_guard lock(mutex_);
  return batch_.items.size();
}

}  // namespace netkit::process
