#pragma once

#include <Poco/Net/ServerSocket.h>

#include <memory>
#include <string>

#include "host/stream/stream_listener.h"
#include "server/ports/bind.h"
#include "server/ports/port.h"

namespace netkit {

/// A listening TCP or Unix socket. Event loops accept its connections.
class StreamPort final : public Port {
 public:
  StreamPort(std::string listener, Address configured, const Poco::Net::ServerSocket& socket);
  StreamPort(std::string listener, Address configured, UnixSocket unix_socket);
  ~StreamPort() override;

  void serve(const std::shared_ptr<ListenerContext>& context, LoopRoundRobin& loops) override;
  void close() override;
  int descriptor() const override { return socket_.impl()->sockfd(); }

 private:
  void apply_pause() override;

  Poco::Net::ServerSocket socket_;
  std::unique_ptr<StreamListener> accepting_;
  bool closed_ = false;
};

}  // namespace netkit
