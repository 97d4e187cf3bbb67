#pragma once

#include <Poco/Net/DatagramSocket.h>

#include <memory>
#include <string>

#include "host/datagram/udp_socket.h"
#include "server/ports/port.h"

namespace netkit {

/// A datagram socket, read by one of the loops.
class DatagramPort final : public Port {
 public:
  DatagramPort(std::string listener, Address configured, const Poco::Net::DatagramSocket& socket);
  ~DatagramPort() override;

  void serve(const std::shared_ptr<ListenerContext>& context, LoopRing& loops) override;
  void close() override;
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  Poco::Net::DatagramSocket socket_;
  EventLoop* loop_ = nullptr;
  UdpSocket* reading_ = nullptr;  // owned by the loop until it is told to drain
};

}  // namespace netkit
