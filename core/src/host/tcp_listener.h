#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "host/event_loop.h"
#include "host/listener_context.h"
#include "host/peer_address.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// A Poco::Net::TCPServer that accepts in batches and hands each connection to one of the event loops in turn. Its own
/// dispatcher and thread pool serve nothing: docs/decisions.md says why.
class TcpListener final : public Poco::Net::TCPServer {
 public:
  /// `socket` is bound and listening. The loops outlive this object.
  TcpListener(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context,
              std::vector<EventLoop*> loops);
  ~TcpListener() override;

  /// Connections accepted from now on belong to `context`; those there are go on as they began. Any thread.
  void use(std::shared_ptr<ListenerContext> context);

  /// Stops accepting: returns when no more connections will be handed over, the socket closed.
  void halt();

 protected:
  void run() override;

 private:
  enum class Next : std::uint8_t { wait, pause };

  Next accept_waiting();
  void hand_over(ListenerContext& context, UniqueFd connection, const PeerAddress& address);
  std::shared_ptr<ListenerContext> context();

  std::mutex mutex_;
  std::shared_ptr<ListenerContext> context_;  // guarded by mutex_
  std::vector<EventLoop*> loops_;
  std::size_t turn_ = 0;
  UniqueFd wake_;
  std::atomic<bool> halting_{false};
};

}  // namespace netkit
