#include "each/slots.h"

#include <optional>
#include <utility>

namespace netkit::process {

namespace {

/// One that pauses its peer. A datagram that is a conversation of its own has come already.
bool heeds_pause(const Conversation& conversation) { return conversation.local().transport != "udp"; }

}  // namespace

Slots::Entry Slots::enter(std::size_t loop, Task on_free, Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  if (free_ == 0 && waiting_.size() >= most_waiting_) return Entry::refused;
  return add({loop, std::move(on_free)}, ticket);
}

Slots::Entry Slots::enter(const Conversation& conversation, std::size_t size, Task on_free, Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  const bool full = free_ == 0 && (waiting_.size() >= most_waiting_ || bytes_ >= kMostBytes);
  if (full) {
    if (!heeds_pause(conversation) || waiting_.size() >= most_waiting_ + Inbox::kOverrun) return Entry::refused;
    conversation.pause();
    paused_.try_emplace(conversation.id(), conversation);
  }
  return add({conversation.loop(), std::move(on_free), size, conversation.id()}, ticket);
}

Slots::Entry Slots::add(Waiting waiting, Ticket& ticket) {
  if (free_ > 0) {
    --free_;
    return Entry::free;
  }
  ticket = ++last_;
  bytes_ += waiting.size;
  waiting_.emplace(ticket, std::move(waiting));
  length_.add(1);
  return Entry::waits;
}

bool Slots::withdraw(Ticket ticket) {
  std::optional<Waiting> gone;  // its task goes without the lock
  Paused resumed;
  {
    const std::lock_guard lock(mutex_);
    const auto place = waiting_.find(ticket);
    if (place == waiting_.end()) return false;
    gone = take_out(place);
    resumed = take_paused();
    if (auto own = paused_.extract(gone->conversation)) resumed.insert(std::move(own));
  }
  for (const auto& [id, conversation] : resumed) conversation.resume();
  return true;
}

void Slots::leave() {
  std::optional<Waiting> next;
  Paused resumed;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = take_out(waiting_.begin());
    resumed = take_paused();
  }
  services_.run(next->loop, std::move(next->on_free));
  for (const auto& [id, conversation] : resumed) conversation.resume();
}

Slots::Waiting Slots::take_out(std::map<Ticket, Waiting>::iterator place) {
  length_.add(-1);
  bytes_ -= place->second.size;
  return std::move(waiting_.extract(place).mapped());
}

/// Those that may go on now.
Slots::Paused Slots::take_paused() {
  const bool room = waiting_.size() <= most_waiting_ / 2 && bytes_ <= kMostBytes / 2;
  return room ? std::exchange(paused_, {}) : Paused();
}

}  // namespace netkit::process
