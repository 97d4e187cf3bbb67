#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/intrusive_list.h"
#include "host/loop/deadline_wheel.h"
#include "host/loop/session_report.h"
#include "session/close_reason.h"

namespace netkit {

struct ListenerContext;

/// Channels of one loop whose events wait until those that are quick to serve have had their turn.
struct Backlog;

/// Something with a descriptor that an event loop owns and serves. Everything runs on the loop's thread.
class Channel : public DeadlineWheel::Node, private ListNode<Backlog> {
 public:
  virtual ~Channel() = default;

  /// What epoll reports of the descriptor, EPOLLIN and so on.
  virtual void on_events(std::uint32_t events) = 0;
  /// The deadline set with EventLoop::set_deadline() has come.
  virtual void on_deadline() {}
  /// True if this is a conversation that `context` began: what is drained when its listener is removed.
  virtual bool belongs_to(const ListenerContext& context) const = 0;
  /// The listener's context that it is a conversation of; null if it is none, or is over.
  virtual const ListenerContext* conversation_of() const { return nullptr; }
  /// What it is as a conversation; nothing if it is none, or not one that the query is for.
  virtual std::optional<SessionReport> report(const SessionQuery& /*query*/) { return std::nullopt; }
  /// The id that report() has told, or that anything else has asked for; 0 if nothing has.
  virtual std::uint64_t conversation_id() const { return 0; }
  /// Take no new work, finish what runs, then release yourself.
  virtual void drain() = 0;
  /// End now: cancel what runs and release yourself as soon as nothing refers to you. For out_of_resources a channel
  /// that serves everybody stays as it is.
  virtual void abort(CloseReason reason) = 0;
  /// How many bytes of limits.memory its end would free.
  virtual std::size_t weight() const { return 0; }
  /// True if the server's end does not wait for it. Constant.
  virtual bool in_background() const { return false; }
  /// The listener has other settings now: end in order if these would not let the peer in.
  virtual void readmit(const ListenerContext& /*now*/) {}
  /// The listener that it serves, for a report of what the loop is doing. May be called within a signal handler.
  virtual const char* listener_name() const { return ""; }

 protected:
  /// Says whether the next event is likely to take long, as many bytes do. Such channels share a part of each turn, so
  /// that a few of them cannot keep all others waiting.
  void set_heavy(bool heavy) { heavy_ = heavy; }
  /// Says whether the next event is likely to take longer by far than that part and cannot be split, as a handshake.
  /// Such channels wait for all others, as long as they have had half of the loop's time lately.
  void set_slow(bool slow) {
    slow_ = slow;
    heavy_ |= slow;
  }

 private:
  friend class EventLoop;
  std::size_t place_ = 0;  // in the loop's list of channels
  int fd_ = -1;            // that is watched
  std::uint32_t watched_ = 0;
  std::uint32_t waiting_events_ = 0;  // while it stands in the backlog
  std::uint8_t reports_ = 0;          // by epoll since then
  bool heavy_ = false;
  bool slow_ : 1 = false;
  bool muted_ : 1 = false;      // epoll is not asked for watched_ meanwhile
  bool deadline_came_ = false;  // and is not served yet
};

/// What the loop of this thread is serving now; null on other threads.
inline thread_local constinit const Channel* current_channel = nullptr;

}  // namespace netkit
