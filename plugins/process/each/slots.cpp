#include "each/slots.h"

#include <optional>
#include <utility>

namespace netkit::process {

Slots::Entry Slots::enter(std::size_t loop, Task on_free) {
  const std::lock_guard lock(mutex_);
  if (free_ > 0) {
    --free_;
    return Entry::free;
  }
  if (waiting_.size() >= most_waiting_) return Entry::refused;
  waiting_.push_back({loop, std::move(on_free)});
  length_.add(1);
  return Entry::waits;
}

void Slots::leave() {
  std::optional<Waiting> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
    length_.add(-1);
  }
  services_.run(next->loop, std::move(next->on_free));
}

}  // namespace netkit::process
