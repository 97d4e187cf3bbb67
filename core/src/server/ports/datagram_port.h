#pragma once

#include <Poco/Net/DatagramSocket.h>

#include <memory>
#include <string>

#include "host/datagram/udp_socket.h"
#include "server/ports/port.h"

namespace netkit {

/// A UDP socket, read by one of the event loops.
class DatagramPort final : public Port {
 public:
  DatagramPort(std::string listener, Address configured, const Poco::Net::DatagramSocket& socket);
  ~DatagramPort() override;

  void serve(const std::shared_ptr<ListenerContext>& context, LoopRoundRobin& loops) override;
  void close() override;
  int descriptor() const override { return socket_ ? socket_->impl()->sockfd() : -1; }

 private:
  void apply_pause() override;

  std::unique_ptr<Poco::Net::DatagramSocket> socket_;  // null once it is closed
  EventLoop* loop_ = nullptr;
  UdpSocket* reading_ = nullptr;  // owned by its event loop until it drains
};

}  // namespace netkit
