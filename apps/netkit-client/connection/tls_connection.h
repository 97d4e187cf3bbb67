#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "netkit-client/connection/connection.h"
#include "netkit/unique_fd.h"
#include "tls/context.h"

namespace netkit::client {

/// TLS over a connected socket. The constructor does the handshake.
class TlsConnection final : public Connection {
 public:
  /// Does the handshake within `timeout` (0: no limit). Throws LocalError if it fails, TlsError for a file that cannot
  /// be used.
  TlsConnection(UniqueFd socket, const TlsClientSettings& settings, std::chrono::nanoseconds timeout);

  /// Ends the TLS stream in an orderly way, unless reset() was called.
  ~TlsConnection() override;

  bool datagrams() const override { return false; }
  Io send(std::string_view bytes) override;
  Io receive(std::span<char> into) override;
  Io flush() override;
  bool holds_received() const override { return holds_received_; }
  bool holds_unsent() const override { return !engine_->outgoing().empty(); }
  void finish_sending() override;
  void reset() override;
  int descriptor() const override { return socket_.get(); }
  std::string protection() const override { return engine_->agreed(); }

 private:
  void shake_hands(std::chrono::nanoseconds timeout);
  void await_bytes(std::chrono::steady_clock::time_point deadline);
  Io fetch();
  Io decrypt(std::span<char> into);
  std::string explained() const;

  const std::string name_;
  const TlsClientContext context_;
  UniqueFd socket_;
  const std::unique_ptr<TlsEngine> engine_;
  std::vector<char> room_;
  bool holds_received_ = false;
};

}  // namespace netkit::client
