#include "command_monitor.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "programs/unix.h"

namespace netkit::exec {

using programs::checked_descriptor;

/// A command, and where its events come from.
struct CommandMonitor::Watched {
  struct Origin {
    Watched* watched;
    CommandRun::Source source;
  };

  explicit Watched(std::unique_ptr<CommandRun> started) : run(std::move(started)) {
    for (std::size_t source = 0; source < CommandRun::kSources; ++source) {
      origins[source] = {this, static_cast<CommandRun::Source>(source)};
    }
  }

  const std::unique_ptr<CommandRun> run;
  std::array<Origin, CommandRun::kSources> origins{};
  TimePoint due{};                     // as deadlines_ has it
  std::atomic<bool> cancelled{false};  // perhaps before it was watched
  std::optional<std::stop_callback<Cancel>> on_stop{};
};

void CommandMonitor::Cancel::operator()() const noexcept {
  const std::shared_ptr<Watched> run = watched.lock();
  if (run == nullptr) return;
  run->cancelled = true;
  try {
    const std::lock_guard lock(monitor->mutex_);
    monitor->cancelled_.push_back(watched);
  } catch (const std::bad_alloc&) {
    return;  // its timeout ends it
  }
  monitor->wake();
}

CommandMonitor::CommandMonitor()
    : epoll_(checked_descriptor(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) programs::throw_errno("epoll_ctl");
}

CommandMonitor::~CommandMonitor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  wake();
  thread_.join();
  watched_.clear();  // before what their callbacks use
}

void CommandMonitor::watch(std::unique_ptr<CommandRun> run, const std::stop_token& stop) {
  if (run->over()) return run->finish();
  const auto watched = std::make_shared<Watched>(std::move(run));
  try {
    watched->on_stop.emplace(stop, Cancel{this, watched});
    add(watched);
    return;
  } catch (const std::exception& error) {
    watched->run->fail(error.what());
  }
  watched->run->finish();
}

void CommandMonitor::add(const std::shared_ptr<Watched>& watched) {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  keep(watched);
  const bool failed = !watch_descriptors(*watched);
  if (failed) watched->run->fail("epoll_ctl failed");
  const bool look_now = failed || watched->cancelled;
  if (look_now) cancelled_.push_back(watched);
  if (look_now || watched->due < wakes_at_) wake();
}

/// From now on the thread may know of it, and destroys it. Throws before that.
void CommandMonitor::keep(const std::shared_ptr<Watched>& watched) {
  cancelled_.reserve(cancelled_.size() + 1);
  watched->due = watched->run->deadline();
  const auto deadline = deadlines_.emplace(watched->due, watched.get()).first;
  try {
    watched_.emplace(watched.get(), watched);
  } catch (const std::bad_alloc&) {
    deadlines_.erase(deadline);
    throw;
  }
}

bool CommandMonitor::watch_descriptors(Watched& watched) const {
  for (auto& origin : watched.origins) {
    const int descriptor = watched.run->descriptor(origin.source);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &origin}};
    if (descriptor >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  }
  return true;
}

void CommandMonitor::wake() const noexcept { ::eventfd_write(wake_.get(), 1); }

void CommandMonitor::run() {
  ::pthread_setname_np(::pthread_self(), "netkit-exec");
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience());
    {
      const std::lock_guard lock(mutex_);  // also: what add() has begun is whole
      if (stopping_) return;
    }
    for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)]);
    see_to_cancelled();
    see_to_deadlines();
    finished_.clear();
  }
}

/// How long to sleep at most, in milliseconds. A deadline that has gone keeps its time: it costs one turn, where the
/// next command would else have to wake the thread.
int CommandMonitor::patience() {
  constexpr std::int64_t kLongest = 3'600'000;
  const std::lock_guard lock(mutex_);
  if (stopping_) return 0;  // take() may have read the destructor's wake with an earlier one
  const TimePoint now = CommandRun::Clock::now();
  if (wakes_at_ <= now) wakes_at_ = TimePoint::max();
  if (!deadlines_.empty()) wakes_at_ = std::min(wakes_at_, deadlines_.begin()->first);
  if (wakes_at_ == TimePoint::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wakes_at_ - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kLongest));
}

void CommandMonitor::take(const epoll_event& event) {
  if (event.data.ptr == nullptr) {
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
    return;
  }
  const auto& origin = *static_cast<const Watched::Origin*>(event.data.ptr);
  CommandRun& run = *origin.watched->run;
  if (run.over()) return;  // in this turn
  run.on_readable(origin.source);
  settle(*origin.watched);
}

void CommandMonitor::see_to_cancelled() {
  std::vector<std::weak_ptr<Watched>> cancelled;
  {
    const std::lock_guard lock(mutex_);
    cancelled.swap(cancelled_);
    std::erase_if(cancelled, [this](const auto& weak) { return !watched_.contains(weak.lock().get()); });
  }
  for (const auto& weak : cancelled) {
    const std::shared_ptr<Watched> watched = weak.lock();
    watched->run->cancel();
    settle(*watched);
  }
}

void CommandMonitor::see_to_deadlines() {
  const TimePoint now = CommandRun::Clock::now();
  for (;;) {
    Watched* watched = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (deadlines_.empty() || deadlines_.begin()->first > now) return;
      watched = deadlines_.begin()->second;
    }
    watched->run->on_deadline();
    settle(*watched);
  }
}

/// After anything has happened to a command.
void CommandMonitor::settle(Watched& watched) {
  if (watched.run->over()) return finish(watched);
  if (watched.run->deadline() == watched.due) return;
  const std::lock_guard lock(mutex_);
  auto node = deadlines_.extract({watched.due, &watched});
  node.value().first = watched.due = watched.run->deadline();
  deadlines_.insert(std::move(node));
}

void CommandMonitor::finish(Watched& watched) {
  {
    const std::lock_guard lock(mutex_);
    deadlines_.erase({watched.due, &watched});
    finished_.insert(watched_.extract(&watched));
  }
  // The supervisor goes on to another command, and another watch; and whoever has called watch() may be the last to let
  // go of the command, with its pipes open until then.
  for (const auto& origin : watched.origins) {
    const int descriptor = watched.run->descriptor(origin.source);
    if (descriptor >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  }
  watched.run->finish();
}

}  // namespace netkit::exec
