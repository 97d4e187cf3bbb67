#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "host/transport/stream.h"
#include "netkit/body_source.h"
#include "netkit/buffer.h"

namespace netkit {

/// Sends one streamed body, by sendfile(2) where the source is a file and the stream a plain one. Loop thread only.
class BodySender {
 public:
  enum class Status : std::uint8_t {
    done,     ///< The stream has taken all of it.
    blocked,  ///< The stream takes no more now.
    yielded,  ///< It had its share of this turn.
    failed,   ///< The source came short or changed: the connection must be reset.
    lost,     ///< The stream is dead.
  };

  explicit BodySender(std::unique_ptr<BodySource> source);
  /// Tells the source how much was sent.
  ~BodySender();
  BodySender(const BodySender&) = delete;
  BodySender& operator=(const BodySender&) = delete;

  /// Sends up to `share` bytes. `more`: answers follow, so that the last packet may wait for them.
  Status send(Stream& stream, std::size_t share, bool more);

  std::uint64_t sent() const { return sent_; }
  /// The memory that it holds, in bytes.
  std::size_t held() const { return piece_.capacity(); }

 private:
  Status send_file(Stream& stream, std::size_t count, std::size_t& moved);
  Status send_read(Stream& stream, std::size_t count, bool more, std::size_t& moved);

  std::unique_ptr<BodySource> source_;
  std::uint64_t size_;
  std::uint64_t sent_ = 0;
  Buffer piece_;  // read from the source, not yet sent
};

}  // namespace netkit
