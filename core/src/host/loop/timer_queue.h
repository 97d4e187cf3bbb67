#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace netkit {

/// Timers of one loop, exact and in any number: a binary heap whose entries know their place in it. Adding, removing
/// and expiring take O(log n). The deadlines of connections stand in the DeadlineWheel instead, which is coarser and
/// cheaper. Not thread-safe.
class TimerQueue {
 public:
  /// A timer; part of what it belongs to. Removes itself when destroyed.
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    virtual ~Entry() {
      if (queue_ != nullptr) queue_->remove(*this);
    }
    /// Its time has come; it is in no queue any more.
    virtual void expire() = 0;
    bool waits() const { return queue_ != nullptr; }

   private:
    friend class TimerQueue;
    TimerQueue* queue_ = nullptr;
    std::size_t place_ = 0;
    TimePoint due_{};
  };

  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// `entry` is in no queue.
  void add(Entry& entry, TimePoint due);
  void remove(Entry& entry);
  /// Takes out and expires each entry that is due, the earliest first. One that an expiry adds waits for the next call.
  void expire(TimePoint now);

  /// TimePoint::max() if there is none.
  TimePoint next() const { return heap_.empty() ? TimePoint::max() : heap_.front()->due_; }
  std::size_t size() const { return heap_.size(); }

 private:
  void put(std::size_t place, Entry* entry);
  void rise(std::size_t place);
  void sink(std::size_t place);

  std::vector<Entry*> heap_;
};

}  // namespace netkit
