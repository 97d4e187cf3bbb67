#pragma once

#include <Poco/Net/ServerSocket.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "admission/capacity_waiters.h"
#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "host/listener/current_context.h"
#include "host/listener/listener_context.h"
#include "host/loop/cancellable_task.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/stream/accepted_socket.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Accepts the connections of one listening socket on one event loop. Each loop has an acceptor for each listener; the
/// kernel wakes one of those that sleep. A connection stays on the loop that accepted it, so that it takes no way
/// between threads, unless another loop has clearly fewer. Owned by its loop.
class Acceptor final : public Channel {
 public:
  /// `loops` are all the loops that connections may go to, `loop` among them; they outlive this object.
  Acceptor(EventLoop& loop, std::vector<EventLoop*> loops, std::shared_ptr<const CurrentContext> current,
           const Poco::Net::ServerSocket& socket);

  /// Begins to accept. Loop thread, like all that follows.
  void start();
  /// Leaves connections to the kernel until it is called with false.
  void pause(bool paused);
  /// Stops accepting at once and ends this object.
  void leave();

  void on_events(std::uint32_t events) override;
  /// A pause for want of permits, descriptors or memory is over.
  void on_deadline() override { start(); }
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  /// Neither ends it: its listener calls leave().
  void drain() override {}
  void abort(CloseReason /*reason*/) override {}

 private:
  bool accept_some();
  void pause_until(TimePoint time);
  void pause_for(ListenerContext& context, int error);
  void hand_over(ListenerContext& context, UniqueFd connection, const PeerAddress& address, ConnectionPermit reserved);
  void open_here(ListenerContext& context, AcceptedSocket&& arrival);
  EventLoop& choose_loop() const;
  int fd() const { return socket_.impl()->sockfd(); }

  EventLoop& loop_;
  std::vector<EventLoop*> loops_;
  const std::shared_ptr<const CurrentContext> current_;  // shared with the listener, which may end before
  Poco::Net::ServerSocket socket_;                       // shared with the listener
  const std::shared_ptr<CancellableTask> resumption_;
  const std::shared_ptr<CapacityWaiter> waiter_;  // calls resumption_
  bool watching_ = false;
  bool paused_ = false;  // by an operator
};

}  // namespace netkit
