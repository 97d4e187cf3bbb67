#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "netkit/body_source.h"
#include "netkit/message.h"

namespace netkit {

/// Who is at the other end.
struct Peer {
  /// Numeric address; an IPv4 peer of an IPv6 socket shows as IPv4. Of a Unix socket `unix:uid=1000,gid=1000,pid=4711`,
  /// what the kernel says of who connected.
  std::string host;
  std::uint16_t port = 0;
};

/// How a handler answers the message it was called with: any number of answers, in order. Valid until on_message()
/// returns; used only by the thread that runs it. Where the framing cannot carry an answer the calls throw
/// std::length_error; nothing of that answer is sent.
class Responder {
 public:
  virtual ~Responder() = default;

  /// Sends one message.
  virtual void send(std::string_view body, const Header& header) = 0;
  void send(std::string_view body) { send(body, kNoHeader); }

  /// Sends one message of exactly `size` bytes that `fill(std::span<char>)` writes straight into the output buffer.
  template <class Fill>
  void write(std::size_t size, Fill&& fill) {
    fill(open(size));
    finish();
  }

  /// Sends one message whose body is read from `source` while it is sent. Needs a stream transport.
  virtual void stream(std::unique_ptr<BodySource> source, const Header& header) = 0;

  /// Ends the conversation once all the answers are sent. Messages already received behind this one are dropped.
  virtual void close() = 0;

  virtual Peer peer() const = 0;

  /// Requested when nobody waits for the answer any more: the peer is gone or the server ends. Only for calls that run
  /// on a worker (see Handler::may_block); elsewhere it has no state.
  virtual std::stop_token stop_token() const { return {}; }

 protected:
  /// The two halves of write(): `size` bytes to fill, then the end of the message.
  virtual std::span<char> open(std::size_t size) = 0;
  virtual void finish() = 0;
};

}  // namespace netkit
