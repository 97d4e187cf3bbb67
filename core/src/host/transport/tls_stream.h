#pragma once

#include <memory>

#include "host/transport/stream.h"
#include "tls/engine.h"

namespace netkit {

/// TLS over a socket, of either side. The handshake goes on by itself in receive(); a client's engine has begun it
/// before, and flush() sends that.
///
/// A peer that ends its direction without saying so (close_notify) has ended it all the same: the framing tells whether
/// its last message was whole.
class TlsStream final : public Stream {
 public:
  /// Without a socket, take_socket() follows.
  TlsStream(UniqueFd socket, std::unique_ptr<TlsEngine> engine)
      : Stream(std::move(socket), false), engine_(std::move(engine)) {}

  ssize_t receive(std::span<char> into) override;
  ssize_t send(std::string_view bytes, bool more) override;
  /// Comes behind all that the engine does, which may hold other bytes then.
  bool flush() override;
  void end_sending() override;
  void close(bool reset) override;
  void describe(Peer& peer) const override;
  bool is_admitted_by(const TlsServerContext& tls) const override { return engine_->is_admitted_by(tls); }
  std::string_view tls_version() const override { return engine_->version(); }

 private:
  ssize_t fetch(std::span<char> room);
  ssize_t decrypt(std::span<char> into);
  ssize_t fail(const std::string& why);
  bool send_outgoing();

  const std::unique_ptr<TlsEngine> engine_;
  bool ending_ = false;  // the socket's direction ends once all has left
};

}  // namespace netkit
