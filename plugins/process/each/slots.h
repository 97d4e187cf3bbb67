#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "netkit/listener.h"

namespace netkit::process {

/// How many programs of a listener run at once, and who waits for one of them to end. Any thread.
class Slots {
 public:
  enum class Entry : std::uint8_t { free, waits, refused };

  Slots(Listener services, std::size_t most, std::size_t most_waiting)
      : services_(std::move(services)), free_(most), most_waiting_(most_waiting) {}

  /// `free`: the caller has a slot. `waits`: `on_free` runs on that loop once it has.
  Entry enter(std::size_t loop, Task on_free);
  void leave();

 private:
  struct Waiting {
    std::size_t loop;
    Task on_free;
  };

  const Listener services_;
  std::mutex mutex_;
  std::size_t free_;  // guarded by mutex_
  const std::size_t most_waiting_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
};

}  // namespace netkit::process
