#include "server/memory/reaper.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "server/memory/heap.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kBetweenTrims{1};

}  // namespace

Reaper::Reaper() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Reaper::take(Ended ended) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(ended));
  } catch (const std::bad_alloc&) {
    return;  // no memory: destroy it on this thread
  }
  ::eventfd_write(wake_.get(), 1);
}

void Reaper::much_was_freed() noexcept {
  trim_ = true;
  ::eventfd_write(wake_.get(), 1);
}

bool Reaper::reap() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  while (!take_all().empty()) {
  }
  return trim_heap();
}

std::vector<Reaper::Ended> Reaper::take_all() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_, {});
}

bool Reaper::trim_heap() {
  const TimePoint now = Clock::now();
  if (!trim_ || now < next_trim_) return false;
  trim_ = false;
  next_trim_ = now + kBetweenTrims;
  give_back_holes();
  return true;
}

}  // namespace netkit
