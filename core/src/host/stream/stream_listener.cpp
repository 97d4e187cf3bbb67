#include "host/stream/stream_listener.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "host/loop/task_receipts.h"

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
      context_(std::make_shared<CurrentContext>(std::move(context))),
      loops_(std::move(loops)) {}

StreamListener::~StreamListener() { halt(); }

void StreamListener::use(std::shared_ptr<ListenerContext> context) {
  CapacityWaiters& waiters = context->server.waiters;
  context_->set(std::move(context));
  waiters.notify_all();  // its limits may let in more than those before
}

void StreamListener::pause(bool paused) {
  if (halted_) return;
  TaskReceipts receipts;
  {
    const std::lock_guard lock(mutex_);
    paused_ = paused;
    for (std::size_t i = 0; i < acceptors_.size(); ++i) {
      receipts.post(*loops_[i], [acceptor = acceptors_[i], paused] { acceptor->pause(paused); });
    }
  }
  receipts.wait();
}

void StreamListener::run() {
  for (EventLoop* loop : loops_) {
    auto acceptor = std::make_unique<Acceptor>(*loop, loops_, context_, Poco::Net::ServerSocket(socket()));
    const std::lock_guard lock(mutex_);
    acceptors_.push_back(acceptor.get());
    loop->post([loop, paused = paused_, acceptor = std::move(acceptor)]() mutable {
      Acceptor& adopted = *acceptor;
      loop->adopt(std::move(acceptor));
      adopted.pause(paused);
    });
  }
}

void StreamListener::halt() {
  if (halted_) return;
  halted_ = true;
  stop();  // run() has ended
  const std::lock_guard lock(mutex_);
  Poco::Net::ServerSocket listening(socket());
  if (acceptors_.empty()) return listening.close();
  const auto staying = std::make_shared<std::atomic<std::size_t>>(acceptors_.size());
  TaskReceipts receipts;
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    receipts.post(*loops_[i], [acceptor = acceptors_[i], staying, listening]() mutable {
      acceptor->leave();
      if (staying->fetch_sub(1) == 1) listening.close();  // the last one: connections that wait may yet be accepted
    });
  }
  receipts.wait();
}

}  // namespace netkit
