#include "each/slots.h"

#include <optional>
#include <tuple>
#include <utility>

namespace netkit::process {

namespace {

/// One that pauses its peer. A datagram that is a conversation of its own has come already.
bool heeds_pause(const Conversation& conversation) { return conversation.local().transport != "udp"; }

}  // namespace

Slots::Entry Slots::enter(const std::string& source, std::size_t loop, Task on_free, Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  if (free_ == 0 && waiting_.size() >= most_waiting_) return Entry::refused;
  return add(source, {.loop = loop, .on_free = std::move(on_free)}, ticket);
}

Slots::Entry Slots::enter(const std::string& source, const Conversation& conversation, std::size_t size, Task on_free,
                          Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  const bool full = free_ == 0 && (waiting_.size() >= most_waiting_ || bytes_ >= kMostBytes);
  if (full) {
    if (!heeds_pause(conversation) || waiting_.size() >= most_waiting_ + Inbox::kOverrun) return Entry::refused;
    conversation.pause();
    paused_.try_emplace(conversation.id(), conversation);
  }
  return add(
      source,
      {.loop = conversation.loop(), .on_free = std::move(on_free), .size = size, .conversation = conversation.id()},
      ticket);
}

Slots::Entry Slots::add(const std::string& source, Waiting waiting, Ticket& ticket) {
  waiting.source = sources_.try_emplace(source, Source{.turn = turns_}).first;
  Source& its = waiting.source->second;
  if (free_ > 0) {
    --free_;
    begin(its);
    return Entry::free;
  }
  ticket = ++last_;
  its.waiting.insert(ticket);
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
    forget(gone->source);
    resumed = take_paused();
    if (auto own = paused_.extract(gone->conversation)) resumed.insert(std::move(own));
  }
  for (const auto& [id, conversation] : resumed) conversation.resume();
  return true;
}

void Slots::leave(const std::string& source) {
  std::optional<Waiting> entering;
  Paused resumed;
  {
    const std::lock_guard lock(mutex_);
    const auto left = sources_.find(source);
    --left->second.running;
    if (waiting_.empty()) {
      ++free_;
      return forget(left);
    }
    entering = take_out(next());
    begin(entering->source->second);
    forget(left);
    resumed = take_paused();
  }
  services_.run(entering->loop, std::move(entering->on_free));
  for (const auto& [id, conversation] : resumed) conversation.resume();
}

/// Whoever has waited the longest of the source that has the fewest programs; of several such, of the one whose last
/// turn is the longest ago.
std::map<Slots::Ticket, Slots::Waiting>::iterator Slots::next() {
  const Source* chosen = nullptr;
  for (const auto& [name, source] : sources_) {
    if (source.waiting.empty()) continue;
    const auto rank = [](const Source& one) { return std::tuple(one.running, one.turn, *one.waiting.begin()); };
    if (chosen == nullptr || rank(source) < rank(*chosen)) chosen = &source;
  }
  return waiting_.find(*chosen->waiting.begin());
}

void Slots::begin(Source& source) {
  ++source.running;
  source.turn = ++turns_;
}

/// Unless there is still something to know of it.
void Slots::forget(Sources::iterator source) {
  if (source->second.running == 0 && source->second.waiting.empty()) sources_.erase(source);
}

Slots::Waiting Slots::take_out(std::map<Ticket, Waiting>::iterator place) {
  length_.add(-1);
  bytes_ -= place->second.size;
  place->second.source->second.waiting.erase(place->first);
  return std::move(waiting_.extract(place).mapped());
}

/// Those that may go on now.
Slots::Paused Slots::take_paused() {
  const bool room = waiting_.size() <= most_waiting_ / 2 && bytes_ <= kMostBytes / 2;
  return room ? std::exchange(paused_, {}) : Paused();
}

}  // namespace netkit::process
