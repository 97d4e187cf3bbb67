#pragma once

#include <Poco/Net/ServerSocket.h>

#include <memory>
#include <string>

#include "host/tcp_listener.h"
#include "server/bind.h"
#include "server/port.h"

namespace netkit {

/// A listening stream socket, of TCP or a Unix one, whose connections the event loops accept.
class TcpPort final : public Port {
 public:
  TcpPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket);
  TcpPort(std::string listener, Address configured, UnixSocket unix_socket);
  ~TcpPort() override;

  void serve(const std::shared_ptr<ListenerContext>& context, LoopRing& loops) override;
  void close() override;
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  Poco::Net::ServerSocket socket_;
  std::unique_ptr<TcpListener> accepting_;
};

}  // namespace netkit
