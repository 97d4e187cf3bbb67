#include "each/slots.h"

#include <optional>
#include <utility>

namespace netkit::process {

Slots::Entry Slots::enter(std::size_t loop, Task on_free, Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  if (free_ > 0) {
    --free_;
    return Entry::free;
  }
  if (waiting_.size() >= most_waiting_) return Entry::refused;
  ticket = ++last_;
  waiting_.emplace(ticket, Waiting{loop, std::move(on_free)});
  length_.add(1);
  return Entry::waits;
}

bool Slots::withdraw(Ticket ticket) {
  std::optional<Waiting> gone;  // its task goes without the lock
  const std::lock_guard lock(mutex_);
  const auto place = waiting_.find(ticket);
  if (place != waiting_.end()) gone = take_out(place);
  return gone.has_value();
}

void Slots::leave() {
  std::optional<Waiting> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = take_out(waiting_.begin());
  }
  services_.run(next->loop, std::move(next->on_free));
}

Slots::Waiting Slots::take_out(std::map<Ticket, Waiting>::iterator place) {
  length_.add(-1);
  return std::move(waiting_.extract(place).mapped());
}

}  // namespace netkit::process
