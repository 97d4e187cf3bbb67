#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "tls/settings.h"

namespace netkit::client {

/// What one attempt to send or receive came to.
struct Io {
  enum class Status : std::uint8_t { done, would_block, closed, failed };

  Status status = Status::done;
  std::size_t count = 0;  ///< done: bytes moved. A datagram may have none.
  std::string reason{};   ///< failed: why, for the user. closed: empty, or why that may not be the end that was meant.
};

/// A connection to one server. Never waits: the caller polls descriptor(). Closed by the destructor. One thread.
class Connection {
 public:
  virtual ~Connection() = default;

  /// True if what is sent and received keeps its borders: one send() is one datagram, one receive() is one.
  virtual bool datagrams() const = 0;

  /// Sends what goes at once. closed: the server takes no more, but what it sent before may still be read.
  virtual Io send(std::string_view bytes) = 0;

  /// Reads what is there. closed: the server has ended its side.
  virtual Io receive(std::span<char> into) = 0;

  /// Moves on what send() took and the system did not.
  virtual Io flush() { return {}; }
  /// flush() has something to do.
  virtual bool holds_unsent() const { return false; }
  /// receive() has bytes that no poll of descriptor() will announce.
  virtual bool holds_received() const { return false; }

  /// Tells the server that nothing more will be sent; answers are still received. Nothing over datagrams.
  virtual void finish_sending() = 0;

  /// Drops the connection so that the server sees it as an error, and abandons what it does for it.
  virtual void reset() = 0;

  virtual int descriptor() const = 0;

  /// How the bytes are kept from others, such as "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty: they are not.
  virtual std::string protection() const { return {}; }
};

/// Where to connect to.
struct Endpoint {
  Transport transport = Transport::tcp;
  Address address;
  TlsClientSettings tls{};  ///< For Transport::tls.
};

/// Resolves the name and connects, one address after the other, each for at most `timeout` (0: as long as the system
/// tries), and as long again for a TLS handshake. Throws LocalError with one line.
std::unique_ptr<Connection> connect(const Endpoint& endpoint, std::chrono::nanoseconds timeout);

}  // namespace netkit::client
