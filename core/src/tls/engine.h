#pragma once

#include <openssl/types.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tls/buffer_bio.h"

namespace netkit {

struct FreeSsl {
  void operator()(SSL* ssl) const;
};

/// One side of a TLS connection (RFC 8446, RFC 5246) between two buffers: no socket, no thread, no waiting. The owner
/// carries bytes between the peer and feed() and outgoing(). The context that made it outlives it. One thread at a
/// time.
class TlsEngine {
 public:
  enum class Status : std::uint8_t {
    done,        ///< Something was moved, or the handshake is over.
    need_bytes,  ///< Nothing more can be done until the peer's next bytes are fed.
    closed,      ///< The peer has ended its direction in an orderly way (close_notify).
    failed,      ///< The connection is of no use any more; failure() says why.
  };
  struct Result {
    Status status = Status::done;
    std::size_t count = 0;  ///< Bytes moved.
  };

  /// For TlsServerContext and TlsClientContext, which have set up `ssl` but for its buffers.
  explicit TlsEngine(std::unique_ptr<SSL, FreeSsl> ssl);
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Takes bytes that came from the peer.
  void feed(std::string_view bytes) { buffers_.in.append(bytes); }

  /// Goes on with the handshake: done once both sides have agreed and the peer's certificate, if one is asked for, is
  /// right. What it has to tell the peer, an alert about a failure too, is in outgoing().
  Status handshake();
  bool established() const { return established_; }

  /// Moves what the peer said into `into`, which has room for at least a byte.
  Result read(std::span<char> into);
  /// Encrypts `bytes`, all of them, into outgoing(). Only once established.
  Result write(std::string_view bytes);
  /// Says that no more will be written (close_notify). The peer may go on.
  void end_writing();

  /// Bytes for the peer, valid until the next call; sent() takes those away that have gone.
  std::string_view outgoing() const { return buffers_.out.view(); }
  void sent(std::size_t count) {
    buffers_.out.consume(count);
    if (buffers_.out.empty()) buffers_.out.release();
  }

  /// Why it failed, for a log or a user; empty if it has not.
  const std::string& failure() const { return failure_; }
  /// Version and cipher that were agreed upon, e.g. "TLSv1.3 TLS_AES_128_GCM_SHA256".
  std::string agreed() const;

 private:
  Status status_of(int result);

  TlsBuffers buffers_;
  std::unique_ptr<SSL, FreeSsl> ssl_;  // after the buffers, which it uses to its end
  bool established_ = false;
  std::string failure_;
};

}  // namespace netkit
