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

namespace netkit::client {

/// What one attempt to send or receive came to.
struct Io {
  enum class Status : std::uint8_t { done, would_block, closed, failed };

  Status status = Status::done;
  std::size_t count = 0;  ///< done: bytes moved. A datagram may have none.
  std::string reason;     ///< failed: why, for the user.
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

  /// Tells the server that nothing more will be sent; answers are still received. Nothing over datagrams.
  virtual void finish_sending() = 0;

  /// Drops the connection so that the server sees it as an error, and abandons what it does for it.
  virtual void reset() = 0;

  virtual int descriptor() const = 0;
};

/// Where to connect to.
struct Endpoint {
  Transport transport = Transport::tcp;
  Address address;
};

/// Resolves the name and connects, one address after the other, each for at most `timeout` (0: as long as the system
/// tries). Throws LocalError with one line.
std::unique_ptr<Connection> connect(const Endpoint& endpoint, std::chrono::nanoseconds timeout);

}  // namespace netkit::client
