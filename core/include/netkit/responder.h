#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>

#include "netkit/body_source.h"
#include "netkit/conversation.h"
#include "netkit/message.h"
#include "netkit/peer.h"
#include "netkit/reply.h"

namespace netkit {

/// How a handler answers the message it was called with: any number of answers, in order. Valid until on_message()
/// returns; used only by the thread that runs it. Where the framing cannot carry an answer the calls throw
/// std::length_error; nothing of that answer is sent.
class Responder {
 public:
  virtual ~Responder() = default;

  /// Sends one message.
  virtual void send(std::string_view body, const Attributes& attributes) = 0;
  /// The same without attributes.
  void send(std::string_view body) { send(body, kNoAttributes); }

  /// Sends one message of exactly `size` bytes that `fill(std::span<char>)` writes straight into the output buffer.
  template <class Fill>
  void write(std::size_t size, Fill&& fill) {
    fill(open(size));
    finish();
  }

  /// Sends one message whose body is read from `source` while it is sent. Needs a stream transport.
  virtual void stream(std::unique_ptr<BodySource> source, const Attributes& attributes) = 0;

  /// Ends the conversation once all the answers are sent. Messages already received behind this one are dropped.
  virtual void close() = 0;

  /// Who sent the message.
  virtual Peer peer() const = 0;

  /// Requested when nobody waits for the answer any more: the peer is gone or the server ends. Only for calls that run
  /// on a worker (see Handler::may_block); elsewhere it has no state.
  virtual std::stop_token stop_token() const { return {}; }

  /// Keeps the right to answer this message for later, on any thread; what was sent before leaves now. Once a call.
  virtual Reply defer() = 0;

  /// The conversation that the message belongs to, for what outlives this call.
  virtual Conversation conversation() = 0;

  /// From the next message on the peer's bytes are decoded, and answers encoded, by `framing`; bytes that are there
  /// already go to the new decoder. What this call has sent before is encoded as it was.
  virtual void use_framing(const Framing& framing) = 0;

  /// Has TLS begin behind the answers to this message, which leave in clear (STARTTLS): the peer's next bytes are its
  /// ClientHello, and the handshake must be done within timeouts.first_byte. Bytes that the peer has sent in clear
  /// behind this message are not looked at and end the conversation with `tls-failed`: it could not tell them from what
  /// comes encrypted. What is sent unasked meanwhile waits and leaves encrypted. The next message is an encrypted one,
  /// and peer() says so; the framing stays. A handler keeps nothing that it was told in clear.
  ///
  /// Throws std::logic_error where HandlerContext::can_start_tls is false, and in a conversation that has TLS already.
  virtual void start_tls() = 0;

 protected:
  /// The two halves of write(): `size` bytes to fill, then the end of the message.
  /// @{
  virtual std::span<char> open(std::size_t size) = 0;
  virtual void finish() = 0;
  /// @}
};

}  // namespace netkit
