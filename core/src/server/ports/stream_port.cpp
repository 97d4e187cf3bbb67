#include "server/ports/stream_port.h"

#include <utility>

namespace netkit {

StreamPort::StreamPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket)
    : Port(std::move(listener), Transport::tcp, std::move(configured), socket.address().port()), socket_(socket) {}

StreamPort::StreamPort(std::string listener, Address configured, UnixSocket unix_socket)
    : Port(std::move(listener), Transport::unix_socket, std::move(configured), 0, std::move(unix_socket.file)),
      socket_(unix_socket.socket) {}

StreamPort::~StreamPort() { close(); }

void StreamPort::serve(const std::shared_ptr<ListenerContext>& context, LoopRoundRobin& loops) {
  if (accepting_) {
    accepting_->use(context);
    return;
  }
  accepting_ = std::make_unique<StreamListener>(socket_, context, loops.all());
  accepting_->start();
  if (paused()) apply_pause();
}

void StreamPort::apply_pause() {
  if (accepting_) accepting_->pause(paused());
}

void StreamPort::close() {
  if (std::exchange(closed_, true)) return;
  if (accepting_) {
    accepting_.reset();  // the last of its acceptors closes the socket: one may be late
  } else {
    socket_.close();
  }
}

}  // namespace netkit
