#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/model/config.h"
#include "netkit-client/connection/dialer.h"
#include "netkit-client/connection/proxy_header.h"
#include "tls/settings.h"

namespace netkit::client {

/// The result of one attempt to send or receive.
struct Io {
  enum class Status : std::uint8_t { done, would_block, closed, failed };

  Status status = Status::done;
  std::size_t count = 0;  ///< done: bytes moved; 0 for an empty datagram.
  std::string reason{};   ///< failed: why, for the user. closed: empty, or why the end may not be genuine.
};

/// A connection to one server. Never blocks: the caller polls descriptor(). The destructor closes it. One thread.
class Connection {
 public:
  virtual ~Connection() = default;

  /// True if one send() is one datagram and one receive() returns one.
  virtual bool datagrams() const = 0;

  /// Sends what the system accepts now. closed: the server reads no more, but its earlier answers can still be
  /// received.
  virtual Io send(std::string_view bytes) = 0;

  /// Receives what has arrived. closed: the server has ended its side.
  virtual Io receive(std::span<char> into) = 0;

  /// Sends bytes that send() has accepted but not passed to the system.
  virtual Io flush() { return {}; }
  /// True if flush() has something to do.
  virtual bool holds_unsent() const { return false; }
  /// True if receive() has bytes that poll(2) on descriptor() does not show.
  virtual bool holds_received() const { return false; }

  /// Ends this side; answers can still be received. Does nothing for datagrams.
  virtual void finish_sending() = 0;

  /// Resets the connection, so that the server sees an error and abandons its work for this client.
  virtual void reset() = 0;

  virtual int descriptor() const = 0;

  /// The server's address in numbers; empty for Unix sockets.
  std::string peer_address() const;

  /// Describes the encryption, such as "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty: none.
  virtual std::string protection() const { return {}; }
};

/// Where and how to connect.
struct ServerEndpoint {
  Transport transport = Transport::tcp;
  Address address;
  TlsClientSettings tls{};  ///< For Transport::tls.
  IpVersion version = IpVersion::any;
  std::optional<ProxySource> proxy{};  ///< Sent before anything else.
};

/// Resolves the name and connects to the first of its addresses that answers, each within `timeout` (0: the system's
/// limit); a TLS handshake may take as long again. `tell` hears of each step. Throws LocalError with one line.
std::unique_ptr<Connection> connect(const ServerEndpoint& endpoint, std::chrono::nanoseconds timeout, const Tell& tell);

}  // namespace netkit::client
