#pragma once

#include <openssl/types.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace netkit {

struct FreeSsl {
  void operator()(SSL* ssl) const;
};

/// One side of a TLS connection (RFC 8446, RFC 5246) between two buffers: no socket, no thread, no waiting. The owner
/// carries bytes between feed() and outgoing() and the peer. One thread at a time.
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

  /// Takes bytes that came from the peer.
  void feed(std::string_view bytes);

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

  /// Bytes for the peer; valid until the next call. sent() takes those away that have gone.
  std::string_view outgoing() const;
  void sent(std::size_t count);
  bool has_outgoing() const { return has_outgoing_; }

  /// Why it failed, for a log or a user; empty if it has not.
  const std::string& failure() const { return failure_; }
  /// Version and cipher that were agreed upon, e.g. "TLSv1.3 TLS_AES_256_GCM_SHA384".
  std::string agreed() const;

 private:
  Status status_of(int result);
  void note_outgoing();

  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::size_t gone_ = 0;  // of what lies in the outgoing buffer
  bool established_ = false;
  bool has_outgoing_ = false;
  std::string failure_;
};

}  // namespace netkit
