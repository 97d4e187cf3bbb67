#pragma once

#include <Poco/Net/ServerSocket.h>

#include <memory>
#include <string>

#include "host/stream/stream_listener.h"
#include "server/ports/bind.h"
#include "server/ports/port.h"

namespace netkit {

/// A listening stream socket, of TCP or a Unix one, whose connections the event loops accept.
class StreamPort final : public Port {
 public:
  StreamPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket);
  StreamPort(std::string listener, Address configured, UnixSocket unix_socket);
  ~StreamPort() override;

  void serve(const std::shared_ptr<ListenerContext>& context, LoopRing& loops) override;
  void close() override;
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  Poco::Net::ServerSocket socket_;
  std::unique_ptr<StreamListener> accepting_;
};

}  // namespace netkit
