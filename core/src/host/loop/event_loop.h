#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/run_guarded.h"
#include "host/loop/channel.h"
#include "host/loop/cpu_set.h"
#include "host/loop/task_queue.h"
#include "host/loop/timer_queue.h"
#include "netkit/plugin.h"
#include "netkit/task.h"
#include "netkit/unique_fd.h"
#include "session/output.h"

namespace netkit {

class MemoryBudget;

/// One thread with an epoll descriptor and the channels it owns. Poco's SocketReactor and PollSet are not used: see
/// docs/decisions.md. "Loop thread" below means the thread that start() makes.
///
/// A turn serves what is quick first: the events of channels that are not heavy. Heavy ones, ends of connections and
/// deadlines, of which thousands may come at once, stand in a backlog and share a part of each turn in the order they
/// came in: kBacklogShare, or a fourth of what the quick ones have taken; more where there are none. So a channel with
/// a short message waits for the short messages before it and for one such share, and a newcomer gets on where a loop
/// is busy.
///
/// Slow channels (TLS handshakes) stand in a backlog of their own. Each one's event takes as long as it takes; the next
/// one waits until the loop has nothing else to do, or has had as much time for the others. So everybody else waits for
/// one of them, however many there are.
class EventLoop {
 public:
  /// `spin`: how long the loop polls after its last event before it sleeps. `index`: its number among the server's
  /// loops.
  EventLoop(std::chrono::nanoseconds spin, Log& log, std::size_t index = 0);
  /// Stops the thread and destroys the channels that are left.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void start();
  void stop();
  /// Keeps the loop thread, which runs, on those processors. False with errno if the kernel refuses.
  bool confine(const CpuSet& cpus) { return cpus.confine(thread_.native_handle()); }

  /// `act` is called on the loop thread when half of the channels there were are gone, if they were many. Before
  /// start().
  void when_halved(Task act) { when_halved_ = std::move(act); }
  /// Of the server, for channels that cannot know it otherwise. Before start().
  void use_memory(MemoryBudget& memory) { memory_ = &memory; }
  /// Null if there is none.
  MemoryBudget* memory() const { return memory_; }

  std::size_t index() const { return index_; }
  /// How long the present turn has taken until `now`; 0 while the loop waits for events. Any thread.
  std::chrono::nanoseconds busy_for(TimePoint now) const;
  /// The loop thread, which runs.
  pthread_t thread() { return thread_.native_handle(); }
  /// True on the loop thread.
  bool is_here() const { return std::this_thread::get_id() == thread_id_.load(std::memory_order_relaxed); }

  /// Runs `task` on the loop thread, in the order of the calls of one thread: in one of the next turns, or at the end
  /// of this one if it is posted by the loop thread. Any thread; tasks posted after stop() never run.
  void post(Task task);

  /// The same for a task that adopts a channel, which counts for load() from now on. Any thread.
  void hand_over(Task task);

  /// How many channels the loop owns, not counting those in the background. Any thread.
  std::size_t channels() const { return channel_count_.load(std::memory_order_relaxed); }
  /// How many it owns or is about to adopt, to compare loops by. Any thread.
  std::size_t load() const { return channels() + arriving_.load(std::memory_order_relaxed); }

  // The rest is for the loop thread.

  /// Takes a channel over.
  Channel& adopt(std::unique_ptr<Channel> channel);
  /// Destroys a channel at the end of this turn; it gets no more events.
  void release(Channel& channel);
  /// Calls `visit` for each channel there is now.
  void for_each(const std::function<void(Channel&)>& visit);

  /// Interest of a channel in one descriptor, level-triggered. False with errno if the kernel refuses.
  bool watch(int fd, Channel& channel, std::uint32_t events);
  void change(Channel& channel, std::uint32_t events);
  void unwatch(Channel& channel);

  /// Runs `act` for `channel`. If it throws, out of memory most likely, the channel ends and the others go on.
  template <class Act>
  void guarded(Channel& channel, Act act) {
    run_guarded(act, [&](const char* why) { drop(channel, why); });
  }

  void set_deadline(Channel& channel, TimePoint due) {
    channel.deadline_came_ = false;
    wheel_.set(channel, due);
  }
  /// Serves a channel again, as if epoll had reported `events`, when those that wait in the backlog have had their
  /// turn.
  void serve_again(Channel& channel, std::uint32_t events) { put_off(channel, events); }
  void cancel_deadline(Channel& channel) {
    channel.deadline_came_ = false;
    channel.DeadlineWheel::Node::unlink();
  }
  /// The time this turn began.
  TimePoint now() const { return now_; }
  /// Channels that are not heavy, or tasks, were served in this turn or in the last milliseconds: they are not to wait
  /// long.
  bool has_others() const { return others_ || now_ - last_others_ < kLately; }
  /// Timers that are exact to the millisecond.
  TimerQueue& timers() { return timers_; }

  static constexpr std::size_t kReadBuffer = std::size_t{128} << 10;

  /// kReadBuffer bytes that every channel may use within one callback: idle connections need no buffers of their own.
  std::span<char> read_buffer() { return read_buffer_; }
  /// Where answers of one read go on their way to the socket. May hold parts of what was read: sent or kept elsewhere
  /// before that is gone.
  Output& scratch_output() { return scratch_output_; }

 private:
  static constexpr std::chrono::milliseconds kLately{10};
  static constexpr std::size_t kKeptScratch = std::size_t{1} << 20;

  void run();
  int sleep_time() const;
  void take(std::uint32_t events, Channel* channel);
  void put_off(Channel& channel, std::uint32_t events);
  void mute(Channel& channel);
  void tell(Channel& channel, std::uint32_t events);
  void serve_backlog();
  void serve_slow(bool idle);
  void serve_late(ListNode<Backlog>& node);
  void drop(Channel& channel, const char* why);
  void bury();

  Log& log_;
  std::chrono::nanoseconds spin_;
  const std::size_t index_;
  std::atomic<std::thread::id> thread_id_{};
  UniqueFd epoll_;
  TaskQueue tasks_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<TimePoint> turn_began_{TimePoint::max()};  // max: it waits for events

  TimePoint now_;
  TimePoint last_event_;
  DeadlineWheel wheel_;
  TimerQueue timers_;
  IntrusiveList<Backlog> backlog_;
  bool others_ = false;    // were served in this turn before the backlog
  TimePoint last_others_;  // the turn in which they were
  IntrusiveList<Backlog> slow_;
  TimePoint slow_again_;  // no sooner, unless the loop is idle
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Channel>> graveyard_;
  std::size_t most_channels_ = 0;  // since they were halved last
  std::size_t background_channels_ = 0;
  Task when_halved_ = [] {};
  MemoryBudget* memory_ = nullptr;
  std::atomic<std::size_t> channel_count_{0};
  std::atomic<std::size_t> arriving_{0};
  std::vector<char> read_buffer_;
  Output scratch_output_;
};

}  // namespace netkit
