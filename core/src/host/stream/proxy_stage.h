#pragma once

#include <cstdint>
#include <string>

#include "admission/proxy_header.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/stream/accepted_socket.h"

namespace netkit {

/// A connection whose first bytes tell who is served: waits for the PROXY header, takes it off and opens the connection
/// with the address in it. The bytes are only looked at until the header is whole, so that what turns out to be no
/// header is still there for the connection. Owned by its loop.
class ProxyStage final : public Channel {
 public:
  /// Hands a connection from a proxy to `loop`; its loop thread only.
  static void open(EventLoop& loop, AcceptedSocket arrival);

  ProxyStage(EventLoop& loop, AcceptedSocket arrival) : loop_(loop), arrival_(std::move(arrival)) {}

  void on_events(std::uint32_t events) override;
  void on_deadline() override { close(draining_ ? CloseReason::shutdown : CloseReason::first_byte_timeout); }
  bool belongs_to(const ListenerContext& context) const override { return &arrival_.context == &context; }
  /// The header may be on its way, and the first message behind it.
  void drain() override;
  void abort(CloseReason reason) override { close(reason); }
  /// Its peer is not known yet and would be judged by the old settings.
  void readmit(const ListenerContext& /*now*/) override { close(CloseReason::no_longer_admitted); }

 private:
  void look(std::string_view bytes, bool ended);
  void pass_on(const ProxyHeader& header);
  void close(CloseReason reason, const std::string& detail = {});
  int fd() const { return arrival_.socket.get(); }

  EventLoop& loop_;
  AcceptedSocket arrival_;
  bool draining_ = false;
};

}  // namespace netkit
