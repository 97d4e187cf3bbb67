#include "server/tcp_port.h"

#include <utility>

namespace netkit {

TcpPort::TcpPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket)
    : Port(std::move(listener), Transport::tcp, std::move(configured), socket.address().port()), socket_(socket) {}

TcpPort::~TcpPort() { close(); }

void TcpPort::serve(const std::shared_ptr<ListenerContext>& context, LoopRing& loops) {
  if (accepting_) {
    accepting_->use(context);
    return;
  }
  accepting_ = std::make_unique<TcpListener>(socket_, context, loops.all());
  accepting_->start();
}

void TcpPort::close() {
  accepting_.reset();
  socket_.close();
}

}  // namespace netkit
