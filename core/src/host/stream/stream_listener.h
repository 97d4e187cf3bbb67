#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "host/listener/current_context.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "host/stream/acceptor.h"

namespace netkit {

/// A Poco::Net::TCPServer whose connections are accepted and served by the event loops. Its own accept loop, dispatcher
/// and thread pool serve nothing: docs/decisions.md says why.
class StreamListener final : public Poco::Net::TCPServer {
 public:
  /// `socket` is bound and listening. The loops outlive this object and run from before start() until halt() has
  /// returned.
  StreamListener(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context,
                 std::vector<EventLoop*> loops);
  ~StreamListener() override;

  /// Connections accepted from now on belong to `context`; those there are go on as they began. Any thread.
  void use(std::shared_ptr<ListenerContext> context);

  /// Leaves connections to the kernel, or accepts again: from when it returns, unless a loop does not turn. The thread
  /// that called start().
  void pause(bool paused);

  /// Stops accepting: returns when no more connections will be handed over, the socket closed.
  void halt();

 protected:
  /// Gives each loop an acceptor.
  void run() override;

 private:
  const std::shared_ptr<CurrentContext> context_;
  std::vector<EventLoop*> loops_;
  std::mutex mutex_;
  std::vector<Acceptor*> acceptors_;  // guarded by mutex_; one for each loop, which owns it; empty before start()
  bool paused_ = false;               // guarded by mutex_
  bool halted_ = false;
};

}  // namespace netkit
