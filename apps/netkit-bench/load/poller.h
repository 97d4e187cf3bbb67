#pragma once

#include <sys/epoll.h>

#include <array>
#include <span>

#include "netkit-bench/measurement/clock.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {

class Lane;

/// Reports which lanes are ready. Edge-triggered, because level-triggered epoll checks each ready descriptor once more:
/// a lane must read until nothing is left. Closed descriptors drop out by themselves.
class Poller {
 public:
  Poller();

  void add(int descriptor, Lane& lane);
  /// Waits at most `longest`, rounded up to milliseconds. The events are valid until the next wait().
  std::span<const epoll_event> wait(Duration longest);

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace netkit::bench
