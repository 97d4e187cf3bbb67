#include "host/loop/event_loop.h"

#include <pthread.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace netkit {
namespace {

constexpr int kEventsPerTurn = 256;
constexpr std::chrono::hours kLongestSleep{1};
constexpr std::chrono::seconds kFar{1};  // so long before a deadline the clock need not be asked how near it is
constexpr std::chrono::microseconds kBacklogShare{50};   // of a turn at least, and at least one channel
constexpr int kBacklogPart = 4;                          // or as much of the time that the others have taken
constexpr std::chrono::microseconds kBacklogAlone{500};  // where there have been no others lately
constexpr std::uint8_t kMostReports = 8;                 // of what waits already, before epoll is told to be quiet
constexpr std::size_t kMany = 16;
constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

UniqueFd make_epoll() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return epoll;
}

}  // namespace

EventLoop::EventLoop(std::chrono::nanoseconds spin, Log& log, std::size_t index)
    : log_(log),
      spin_(spin),
      index_(index),
      epoll_(make_epoll()),
      tasks_(log),
      now_(Clock::now()),
      last_event_(now_),
      wheel_(now_),
      read_buffer_(kReadBuffer) {
  scratch_output_.allow_loans();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, tasks_.descriptor(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

EventLoop::~EventLoop() { stop(); }

void EventLoop::start() {
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "netkit-loop");
}

void EventLoop::stop() {
  stopping_ = true;
  tasks_.wake();
  if (thread_.joinable()) thread_.join();
  // One by one, as the end of one may release others.
  while (!channels_.empty()) {
    const std::unique_ptr<Channel> last = std::move(channels_.back());
    channels_.pop_back();
  }
  graveyard_.clear();
  tasks_.drop();
}

void EventLoop::post(Task task) { is_here() ? tasks_.post_own(std::move(task)) : tasks_.post(std::move(task)); }

void EventLoop::hand_over(Task task) {
  Task counted = [this, task = std::move(task)]() mutable {
    arriving_.fetch_sub(1, std::memory_order_relaxed);
    task();
  };
  arriving_.fetch_add(1, std::memory_order_relaxed);
  try {
    post(std::move(counted));
  } catch (const std::exception&) {
    arriving_.fetch_sub(1, std::memory_order_relaxed);  // no memory: it never arrives
    throw;
  }
}

Channel& EventLoop::adopt(std::unique_ptr<Channel> channel) {
  // So that release(), which must not fail, finds the room it needs.
  if (graveyard_.capacity() <= channels_.size()) graveyard_.reserve(2 * (channels_.size() + 1));
  channel->place_ = channels_.size();
  channels_.push_back(std::move(channel));
  most_channels_ = std::max(most_channels_, channels_.size());
  if (channels_.back()->in_background()) ++background_channels_;
  channel_count_.store(channels_.size() - background_channels_, std::memory_order_relaxed);
  return *channels_.back();
}

void EventLoop::release(Channel& channel) {
  cancel_deadline(channel);
  channel.ListNode<Backlog>::unlink();
  const std::size_t place = channel.place_;
  graveyard_.push_back(std::move(channels_[place]));
  if (place + 1 != channels_.size()) {
    channels_[place] = std::move(channels_.back());
    channels_[place]->place_ = place;
  }
  channels_.pop_back();
  if (channel.in_background()) --background_channels_;
  channel_count_.store(channels_.size() - background_channels_, std::memory_order_relaxed);
}

void EventLoop::for_each(const std::function<void(Channel&)>& visit) {
  // A visit may release its channel, which moves the last one into its place: hence from the back.
  for (std::size_t i = channels_.size(); i-- > 0;) {
    if (i >= channels_.size()) continue;
    Channel& channel = *channels_[i];
    guarded(channel, [&] { visit(channel); });
  }
}

bool EventLoop::watch(int fd, Channel& channel, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &channel;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
  channel.fd_ = fd;
  channel.watched_ = events;
  return true;
}

void EventLoop::change(Channel& channel, std::uint32_t events) {
  channel.watched_ = events;
  tell(channel, events);
}

void EventLoop::unwatch(Channel& channel) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, channel.fd_, nullptr);
  channel.muted_ = false;
}

/// What waits already need not be reported again in each turn: where thousands wait, that would cost more than the turn
/// itself. Where few do, a report is cheaper than the two system calls that prevent it.
void EventLoop::mute(Channel& channel) {
  if (channel.muted_ || (channel.watched_ & EPOLLEXCLUSIVE) != 0) return;  // the kernel changes no exclusive interest
  tell(channel, 0);
  channel.muted_ = true;
}

void EventLoop::tell(Channel& channel, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &channel;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, channel.fd_, &event);
  channel.muted_ = false;
}

void EventLoop::run() {
  thread_id_ = std::this_thread::get_id();
  std::array<epoll_event, kEventsPerTurn> events;
  while (!stopping_) {
    turn_began_.store(TimePoint::max(), std::memory_order_relaxed);
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, sleep_time());
    now_ = Clock::now();
    turn_began_.store(now_, std::memory_order_relaxed);
    if (count > 0) last_event_ = now_;
    others_ = false;
    for (int i = 0; i < count; ++i) take(events[i].events, static_cast<Channel*>(events[i].data.ptr));
    if (others_) last_others_ = now_;
    wheel_.expire(now_, [this](DeadlineWheel::Node& node) {
      Channel& channel = static_cast<Channel&>(node);
      channel.deadline_came_ = true;
      put_off(channel, 0);
    });
    if (timers_.next() <= now_) {
      current_channel = nullptr;
      timers_.expire(now_);
    }
    serve_backlog();
    if (!slow_.empty()) [[unlikely]]
      serve_slow(count == 0 && backlog_.empty());
    if (tasks_.has_own()) [[unlikely]] {
      current_channel = nullptr;
      tasks_.run_own();
    }
    bury();
  }
}

std::chrono::nanoseconds EventLoop::busy_for(TimePoint now) const {
  const TimePoint began = turn_began_.load(std::memory_order_relaxed);
  return began < now ? now - began : std::chrono::nanoseconds(0);
}

/// What epoll_wait is to wait at most: nothing while there is something left to do, or the loop spins.
int EventLoop::sleep_time() const {
  if (!backlog_.empty() || !slow_.empty() || tasks_.has_own()) return 0;
  if (spin_.count() > 0 && Clock::now() - last_event_ < spin_) return 0;
  const TimePoint next = std::min(wheel_.next(), timers_.next());
  if (next == TimePoint::max()) return -1;
  const auto far = next - now_;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(far > 2 * kFar ? far - kFar : next - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, std::chrono::milliseconds(kLongestSleep).count()));
}

/// Serves what epoll reported, or puts it off.
void EventLoop::take(std::uint32_t events, Channel* channel) {
  if (channel == nullptr) {
    current_channel = nullptr;
    tasks_.run_posted();
    others_ = true;
    return;
  }
  const bool released = channel->place_ >= channels_.size() || channels_[channel->place_].get() != channel;
  if (released) return;  // earlier in this turn
  if (channel->ListNode<Backlog>::linked()) {
    put_off(*channel, events);
    if (++channel->reports_ >= kMostReports) mute(*channel);
  } else if (channel->heavy_ || (events & kEnds) != 0) {
    put_off(*channel, events);
  } else {
    current_channel = channel;
    others_ = true;
    guarded(*channel, [channel, events] { channel->on_events(events); });
  }
}

void EventLoop::put_off(Channel& channel, std::uint32_t events) {
  channel.waiting_events_ |= events;
  if (!channel.ListNode<Backlog>::linked()) (channel.slow_ ? slow_ : backlog_).push_back(channel);
}

/// Serves channels of the backlog until their share of the turn is over; the rest stays for the next one. `others`:
/// there were others in this turn. Without them the share is larger, as it has its price to look for them.
void EventLoop::serve_backlog() {
  if (backlog_.empty()) return;
  if (backlog_.has_one()) return serve_late(*backlog_.pop_front());  // needs no clock
  const TimePoint begin = Clock::now();
  const TimePoint::duration least = has_others() ? kBacklogShare : kBacklogAlone;
  const TimePoint end = begin + std::max(least, (begin - now_) / kBacklogPart);
  do serve_late(*backlog_.pop_front());
  while (!backlog_.empty() && Clock::now() < end);
}

/// Serves slow channels for one share; mostly that is one. `idle`: there was nothing else to do in this turn.
void EventLoop::serve_slow(bool idle) {
  const TimePoint begin = Clock::now();
  if (!idle && begin < slow_again_) return;
  TimePoint end = begin;
  do {
    serve_late(*slow_.pop_front());
    end = Clock::now();
  } while (!slow_.empty() && end < begin + kBacklogShare);
  slow_again_ = end + (end - begin);
}

void EventLoop::serve_late(ListNode<Backlog>& node) {
  Channel& channel = static_cast<Channel&>(node);
  channel.reports_ = 0;
  current_channel = &channel;
  guarded(channel, [&channel] {
    if (const std::uint32_t events = std::exchange(channel.waiting_events_, 0); events != 0) {
      channel.on_events(events);
    }
    if (std::exchange(channel.deadline_came_, false)) channel.on_deadline();
  });
  if (channel.muted_) tell(channel, channel.watched_);
}

void EventLoop::drop(Channel& channel, const char* why) {
  const auto give_up = [](const char* /*why*/) {};  // no memory for the text either
  const auto tell = [&] {
    const std::string text = std::string("connection dropped: ") + why;
    log_.event(LogLevel::error, "connection-dropped",
               {{"listener", channel.listener_name()}, {"error", why}, {"text", text}});
  };
  run_guarded(tell, give_up);
  run_guarded([&] { channel.abort(CloseReason::out_of_resources); }, give_up);
}

/// Destroys what was released in this turn: only now can no pending event refer to it.
void EventLoop::bury() {
  graveyard_.clear();
  if (most_channels_ >= kMany && channels_.size() <= most_channels_ / 2) {
    most_channels_ = channels_.size();
    when_halved_();
  }
  if (scratch_output_.bytes().capacity() > kKeptScratch) scratch_output_.release();
}

}  // namespace netkit
