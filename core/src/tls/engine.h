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

class TlsServerContext;

struct FreeSsl {
  void operator()(SSL* ssl) const;
};

/// One side of a TLS connection (RFC 8446, RFC 5246) between two buffers; it knows no socket and never blocks. The
/// owner moves bytes between the peer and feed() and outgoing(). The context that made the engine must outlive it. One
/// thread at a time.
class TlsEngine {
 public:
  enum class Status : std::uint8_t {
    done,        ///< Bytes were moved, or the handshake is complete.
    need_bytes,  ///< Cannot go on until feed() brings more bytes from the peer.
    closed,      ///< The peer ended its direction in an orderly way (close_notify).
    failed,      ///< The connection cannot be used any more; failure() says why.
  };
  struct Result {
    Status status = Status::done;
    std::size_t count = 0;  ///< Bytes moved.
  };

  /// Takes an `ssl` that TlsServerContext or TlsClientContext has set up, and gives it its buffers.
  explicit TlsEngine(std::unique_ptr<SSL, FreeSsl> ssl);
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Adds bytes received from the peer.
  void feed(std::string_view bytes) { buffers_.in.append(bytes); }

  /// Continues the handshake: done once both sides have agreed and the peer's certificate, if one is required, has been
  /// verified. Leaves the bytes for the peer, including an alert on failure, in outgoing().
  Status handshake();
  bool established() const { return established_; }

  /// Decrypts received bytes into `into`, which has room for at least one byte.
  Result read(std::span<char> into);
  /// Encrypts all of `bytes` into outgoing(). Call it only after the handshake.
  Result write(std::string_view bytes);
  /// Tells the peer that this side writes no more (close_notify). The peer may still write.
  void end_writing();

  /// Returns the bytes to send to the peer, valid until the next call. Call sent() with the number that was sent.
  std::string_view outgoing() const { return buffers_.out.view(); }
  void sent(std::size_t count) {
    buffers_.out.consume(count);
    if (buffers_.out.empty()) buffers_.out.release();
  }

  /// The memory that bytes on the way take, in bytes.
  std::size_t held() const;

  /// True if the peer's certificate is what `context` asks for.
  bool is_admitted_by(const TlsServerContext& context) const;

  /// Says why the connection failed, for a log or a user; empty if it did not fail.
  const std::string& failure() const { return failure_; }
  /// Returns the name in the client's certificate that let it in, or the first one if any name does; empty without a
  /// certificate. Of the server's side.
  std::string peer_certificate() const;
  /// Returns the server name that the client has asked for (RFC 6066 section 3); empty if it has asked for none. Of the
  /// server's side.
  std::string server_name() const;
  /// Returns the agreed version, one of kTlsVersions.
  std::string_view version() const;
  /// Returns the agreed version and cipher, e.g. "TLSv1.3 TLS_AES_128_GCM_SHA256".
  std::string agreed() const;

 private:
  Status status_of(int result);

  TlsBuffers buffers_;
  std::unique_ptr<SSL, FreeSsl> ssl_;  // declared after the buffers, because it uses them until it is destroyed
  bool established_ = false;
  std::string failure_;
};

}  // namespace netkit
