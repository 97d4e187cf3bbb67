#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "netkit/body_source.h"
#include "netkit/buffer.h"

namespace netkit {

/// Sends one streamed body to a non-blocking socket, by sendfile(2) where the source is a file. Loop thread only.
class BodySender {
 public:
  enum class Status : std::uint8_t {
    done,     ///< All of it is in the socket.
    blocked,  ///< The socket takes no more now.
    yielded,  ///< It had its share of this turn.
    failed,   ///< The source came short or changed: the connection must be reset.
    lost,     ///< The socket is dead.
  };

  explicit BodySender(std::unique_ptr<BodySource> source);

  /// Sends up to `share` bytes. `more`: answers follow, so that the last packet may wait for them.
  Status send(int socket, std::size_t share, bool more);

  std::uint64_t sent() const { return sent_; }

 private:
  Status send_file(int socket, std::size_t count, std::size_t& moved);
  Status send_read(int socket, std::size_t count, bool more, std::size_t& moved);

  std::unique_ptr<BodySource> source_;
  std::uint64_t size_;
  std::uint64_t sent_ = 0;
  Buffer piece_;  // read from the source, not yet sent
};

}  // namespace netkit
