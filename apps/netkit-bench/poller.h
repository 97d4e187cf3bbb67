#pragma once

#include <sys/epoll.h>

#include <array>
#include <span>

#include "netkit-bench/clock.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {

class Lane;

/// Tells which lanes can go on, once for each change (edge-triggered: level-triggered epoll looks at each descriptor
/// once more). So who is told reads until nothing is left. A descriptor that is closed is forgotten by itself.
class Poller {
 public:
  Poller();

  void add(int descriptor, Lane& lane);
  /// Waits for at most `longest`, rounded up to milliseconds. The events last until the next wait().
  std::span<const epoll_event> wait(Duration longest);

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace netkit::bench
