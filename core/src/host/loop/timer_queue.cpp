#include "host/loop/timer_queue.h"

#include <utility>

namespace netkit {

TimerQueue::~TimerQueue() {
  for (Entry* entry : heap_) entry->queue_ = nullptr;
}

void TimerQueue::add(Entry& entry, TimePoint due) {
  heap_.push_back(&entry);
  entry.queue_ = this;
  entry.due_ = due;
  entry.place_ = heap_.size() - 1;
  rise(entry.place_);
}

void TimerQueue::remove(Entry& entry) {
  const std::size_t place = entry.place_;
  Entry* const last = heap_.back();
  heap_.pop_back();
  entry.queue_ = nullptr;
  if (last == &entry) return;
  put(place, last);
  sink(place);
  rise(last->place_);
}

void TimerQueue::expire(TimePoint now) {
  // So many there are: an entry that comes back at once must not keep the loop.
  for (std::size_t left = heap_.size(); left > 0 && !heap_.empty() && heap_.front()->due_ <= now; --left) {
    Entry& entry = *heap_.front();
    remove(entry);
    entry.expire();
  }
}

void TimerQueue::put(std::size_t place, Entry* entry) {
  heap_[place] = entry;
  entry->place_ = place;
}

void TimerQueue::rise(std::size_t place) {
  Entry* const entry = heap_[place];
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (heap_[parent]->due_ <= entry->due_) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sink(std::size_t place) {
  Entry* const entry = heap_[place];
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->due_ < heap_[child]->due_) ++child;
    if (heap_[child]->due_ >= entry->due_) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

}  // namespace netkit
