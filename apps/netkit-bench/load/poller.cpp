#include "netkit-bench/load/poller.h"

#include <algorithm>
#include <cerrno>

#include "netkit-bench/failure.h"

namespace netkit::bench {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw system_error("epoll");
}

void Poller::add(int descriptor, Lane& lane) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = &lane;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) throw system_error("epoll");
}

std::span<const epoll_event> Poller::wait(Duration longest) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(std::max(longest, Duration(0)));
  const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                 static_cast<int>(milliseconds.count()));
  if (count < 0 && errno != EINTR) throw system_error("epoll");
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace netkit::bench
