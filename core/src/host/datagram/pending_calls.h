#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "host/datagram/pending_call.h"
#include "host/loop/channel.h"
#include "netkit/task.h"

namespace netkit {

/// The datagrams of one socket that are not answered yet, and when their time is over. Loop thread.
class PendingCalls final : private PendingCall::Registry {
 public:
  /// The deadline of `socket`, which is set here, is for look(). `finished` is called whenever a datagram is done with.
  PendingCalls(Channel& socket, EventLoop& loop, DatagramSender& sender, Task finished)
      : socket_(socket), loop_(loop), sender_(sender), finished_(std::move(finished)) {}

  bool empty() const { return calls_.empty(); }
  bool full() const { return calls_.size() >= kMost; }

  /// Keeps a datagram whose `session` has an open call. `context` gave the permit. Drops and counts the datagram if no
  /// thread can be had.
  void begin(std::unique_ptr<Session> session, const std::shared_ptr<ListenerContext>& context,
             const PendingCall::Datagram& datagram, ConnectionPermit permit,
             std::shared_ptr<ConversationHandle> handle);

  /// Ends the calls whose time is over.
  void look();
  /// Ends all of them: those that a worker is in when it returns.
  void give_up(CloseReason reason);

 private:
  static constexpr std::size_t kMost = 1024;  // datagrams whose handler runs or waits for a worker

  void watch(TimePoint due) override;
  void finished(PendingCall& call) override;

  Channel& socket_;
  EventLoop& loop_;
  DatagramSender& sender_;
  Task finished_;
  std::list<std::unique_ptr<PendingCall>> calls_;
  TimePoint next_look_ = TimePoint::max();
};

}  // namespace netkit
