#include "server/tcp_port.h"

#include <utility>

namespace netkit {

TcpPort::TcpPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket)
    : Port(std::move(listener), Transport::tcp, std::move(configured), socket.address().port()), socket_(socket) {}

TcpPort::TcpPort(std::string listener, Address configured, UnixSocket unix_socket)
    : Port(std::move(listener), Transport::unix_socket, std::move(configured), 0, std::move(unix_socket.file)),
      socket_(unix_socket.socket) {}

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
