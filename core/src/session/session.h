#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/codec.h"
#include "netkit/handler.h"
#include "session/call_limiter.h"
#include "session/close_reason.h"
#include "session/endpoint.h"
#include "session/job.h"
#include "session/output.h"

namespace netkit {

/// What all the sessions of one listener share. Outlives them.
struct Protocol {
  std::vector<std::shared_ptr<const void>> plugins{};  ///< What the rest is made of; destroyed after it.
  std::function<std::unique_ptr<Decoder>()> make_decoder;
  std::function<std::unique_ptr<Encoder>()> make_encoder;
  std::shared_ptr<Handler> handler;
  std::shared_ptr<CallLimiter> call_limiter;        ///< Of calls that may block; null: all are admitted.
  std::size_t output_limit = std::size_t{1} << 20;  ///< Bytes of answers that may wait before decoding pauses.
};

/// One conversation: bytes in, decoder, handler, encoder, answers out. It has no socket, thread or clock; a host feeds
/// it and carries its answers, always on one thread.
///
///     host: receive(bytes, out) -> answers in `out`, the number of bytes used
///           busy()              -> take_job(), run it anywhere, complete() it here
///           ended()             -> send what is in `out`, then close; ended() says why
///
/// Bytes not used are to be given again, at the front of the next call, once one of these has changed: more bytes have
/// come, `out` has drained, the job is complete.
class Session {
 public:
  Session(const Protocol& protocol, const Endpoint& endpoint);

  /// Decodes and answers as many messages as there are, until one has to be waited for, `out` is full, or the
  /// conversation ends. Returns the number of bytes used.
  std::size_t receive(std::string_view bytes, Output& out);

  /// The same for one whole datagram, which may be empty; bytes left over in it are malformed.
  std::size_t receive_datagram(std::string_view bytes, Output& out);

  /// The peer has sent its last byte; `rest` is what was received and not used. Answers on their way still go out.
  void receive_end(std::string_view rest);

  /// A call runs on a worker: nothing is decoded until it is complete.
  bool busy() const { return busy_; }
  /// The call to run, once for each time busy() turns true.
  std::unique_ptr<Job> take_job() { return std::move(job_); }
  /// Takes over the outcome of a job that has run; its answers are appended to `out`.
  void complete(Job& job, Output& out);

  /// Not none: no more bytes are used. The text says more where there is more to say.
  CloseReason ended() const { return ended_; }
  const std::string& end_detail() const { return detail_; }

  /// True if `out` holds so much that nothing more is decoded until it drains.
  bool backed_up(const Output& out) const {
    return out.waiting() >= protocol_->output_limit || out.bodies() >= kMostBodies;
  }

  /// True if the bytes left over by the last receive() are only a part of a message: nothing comes of them before more
  /// arrive. False if decoding paused before them.
  bool needs_more() const { return needs_more_; }

  /// The bytes the message at the front needs as a whole, or 0 if unknown: a hint for buffers.
  std::size_t wanted() const { return wanted_; }
  std::uint64_t messages() const { return messages_; }
  /// How many messages it has answered with.
  std::uint64_t answers() const { return answers_; }

  /// Receives so many more messages and then pauses, until it is allowed more. Unlimited if never called.
  void allow(std::uint64_t messages) {
    most_messages_ = messages > UINT64_MAX - messages_ ? UINT64_MAX : messages_ + messages;
  }
  /// True if it pauses for that reason.
  bool used_up() const { return messages_ >= most_messages_; }

  /// Another endpoint tells the peer from now on; for a session that outlives its host's turn.
  void use_endpoint(const Endpoint& endpoint) { endpoint_ = &endpoint; }

  /// True if this object can serve the next, unrelated datagram as a new one would.
  bool reusable() const { return ended_ == CloseReason::none && !busy_ && own_handler_ == nullptr && !needs_more_; }

 private:
  static constexpr std::size_t kMostBodies = 16;  // streamed bodies that may wait: each holds a file open

  template <class More>
  std::size_t answer(std::string_view bytes, Output& out, More more);
  bool step(std::string_view bytes, AnswerWriter& writer, std::size_t& used);
  void pause_decoding(const Decoded& decoded);
  bool make_job(const Message& message, AnswerWriter& writer);
  void end(CloseReason reason, std::string_view detail = {});

  const Protocol* protocol_;
  const Endpoint* endpoint_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Handler> own_handler_;
  Handler* handler_;  // its own, or the listener's
  std::unique_ptr<Job> job_;
  std::uint64_t messages_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t most_messages_ = UINT64_MAX;
  std::size_t wanted_ = 0;
  CloseReason ended_ = CloseReason::none;
  bool busy_ = false;
  bool needs_more_ = false;
  std::string detail_;
};

}  // namespace netkit
