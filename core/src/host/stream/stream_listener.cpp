#include "host/stream/stream_listener.h"

#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <cstddef>
#include <latch>
#include <memory>
#include <utility>

namespace netkit {
namespace {

using Poco::Net::TCPServerConnectionFactory;

/// TCPServer wants a factory; no connection ever gets as far as that.
class NoConnections final : public TCPServerConnectionFactory {
 public:
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& /*socket*/) override {
    return nullptr;
  }
};

}  // namespace

StreamListener::StreamListener(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context,
                               std::vector<EventLoop*> loops)
    : TCPServer(TCPServerConnectionFactory::Ptr(new NoConnections), context->workers.threads(), socket),
      context_(std::move(context)),
      loops_(std::move(loops)) {}

StreamListener::~StreamListener() { halt(); }

void StreamListener::use(std::shared_ptr<ListenerContext> context) {
  CapacityWaiters& waiters = context->server.waiters;
  context_.set(std::move(context));
  waiters.notify_all();  // its limits may let in more than those before
}

void StreamListener::pause(bool paused) {
  if (halted_) return;
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    loops_[i]->post([acceptor = acceptors_[i], paused] { acceptor->pause(paused); });
  }
}

void StreamListener::run() {
  for (EventLoop* loop : loops_) {
    auto acceptor = std::make_unique<Acceptor>(*loop, loops_, context_, Poco::Net::ServerSocket(socket()));
    acceptors_.push_back(acceptor.get());
    loop->post([loop, acceptor = std::move(acceptor)]() mutable {
      Acceptor& adopted = *acceptor;
      loop->adopt(std::move(acceptor));
      adopted.start();
    });
  }
}

void StreamListener::halt() {
  if (halted_) return;
  halted_ = true;
  stop();  // run() has ended
  // Shared: the last one to count may still be at it when this thread goes on.
  const auto left = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(acceptors_.size()));
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    loops_[i]->post([acceptor = acceptors_[i], left] {
      acceptor->leave();
      left->count_down();
    });
  }
  left->wait();
  Poco::Net::ServerSocket(socket()).close();
}

}  // namespace netkit
