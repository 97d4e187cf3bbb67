#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "host/transport/send_queue.h"
#include "host/transport/stream.h"
#include "netkit/attributes.h"
#include "netkit/codec.h"

namespace netkit {

/// What an onward connection has yet to send, framed: bytes, or datagrams of one message each. Loop thread only.
class UpstreamOutput {
 public:
  explicit UpstreamOutput(bool datagrams) : by_datagrams_(datagrams) {}

  /// Throws std::length_error, with nothing added, if the framing cannot carry the body.
  void add(Encoder& encoder, std::string_view body, const Attributes& attributes);
  /// Adds the reply to a control message, as it is.
  void add_reply(std::string_view bytes);

  /// Sends what the stream takes now.
  SendQueue::Result send(Stream& stream);

  bool empty() const { return queue_.empty() && datagrams_.empty(); }
  std::size_t waiting() const { return queue_.output().waiting() + datagram_bytes_; }
  /// The memory that it holds, in bytes.
  std::size_t held() { return queue_.held() + datagram_bytes_; }
  /// How many bytes of replies have been added since nothing waited.
  std::size_t replies() const { return replies_; }
  /// Grows with all that is sent.
  std::uint64_t sent() const { return queue_.sent_bytes() + datagrams_sent_; }
  void release();

 private:
  SendQueue::Result send_datagrams(Stream& stream);
  void add_datagram(std::string_view bytes);

  const bool by_datagrams_;
  SendQueue queue_;                    // of a stream
  std::deque<std::string> datagrams_;  // each as it goes out
  std::size_t datagram_bytes_ = 0;
  std::uint64_t datagrams_sent_ = 0;
  std::size_t replies_ = 0;
};

}  // namespace netkit
