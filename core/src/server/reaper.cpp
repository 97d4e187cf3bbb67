#include "server/reaper.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "server/heap.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kBetweenTrims{1};

}  // namespace

Reaper::Reaper() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

std::shared_ptr<ListenerContext> Reaper::watch_over(std::unique_ptr<ListenerContext> context) {
  return {context.release(), [reaper = shared_from_this()](ListenerContext* ended) {
            reaper->take(std::unique_ptr<ListenerContext>(ended));
          }};
}

void Reaper::take(std::unique_ptr<ListenerContext> context) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(context));
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
  std::vector<std::unique_ptr<ListenerContext>> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  ended.clear();
  return trim_heap();
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
