#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/codec.h"
#include "netkit/framing.h"
#include "netkit/handler.h"
#include "session/answer_writer.h"
#include "session/call_limiter.h"
#include "session/close_reason.h"
#include "session/job.h"
#include "session/open_calls.h"
#include "session/output.h"
#include "session/session_host.h"

namespace netkit {

/// What all the sessions of one listener share. Outlives them.
struct Protocol {
  std::vector<std::shared_ptr<const void>> plugins{};  ///< What the rest is made of; destroyed after it.
  std::function<Codec()> make_codec;
  std::shared_ptr<Handler> handler;
  std::shared_ptr<CallLimiter> call_limiter;        ///< Of calls that may block; null: all are admitted.
  std::size_t output_limit = std::size_t{1} << 20;  ///< Bytes of answers that may wait before decoding pauses.
  std::size_t most_answers = SIZE_MAX;              ///< After which nothing more of a datagram is decoded.
  std::size_t open_calls = 1;                       ///< How many messages of a session may be unanswered at once.
  bool can_start_tls = false;                       ///< The host can go over to TLS when a handler asks for it.
  bool untimed_replies = false;                     ///< See CallBounds::untimed.
};

/// One conversation: bytes in, decoder, handler, encoder, answers out. It has no socket, thread or clock; a host feeds
/// it and carries its answers, always on one thread.
///
///     host: open(out)            -> a greeting, if the handler has one
///           receive(bytes, out)  -> answers in `out`, the number of bytes used
///           job_ready()          -> take_job(), run it anywhere, complete() it here
///           answer(), finish()   -> what replies say that were kept
///           wants_tls()          -> send what is in `out`, then begin_tls(), and tls_established() after the handshake
///           ended()              -> send what is in `out`, then close; ended() says why; closed() is the last call
///
/// Bytes not used are to be given again, at the front of the next call, once one of these has changed: more bytes have
/// come, `out` has drained, busy() has become false.
///
/// Its functions stand by what they are about: decoding.cpp (bytes to messages, and those to the handler), calling.cpp
/// (calls that are answered later); session.cpp has the way from the beginning to the end.
class Session final : private CallContext {
 public:
  Session(const Protocol& protocol, SessionHost& host);

  /// The conversation begins: told to a handler that sees events.
  void open();

  /// Decodes and answers as many messages as there are, until one has to be waited for, `out` is full, or the
  /// conversation ends. Returns the number of bytes used.
  std::size_t receive(std::string_view bytes, Output& out);

  /// The same for one whole datagram, which may be empty; bytes left over in it are malformed.
  std::size_t receive_datagram(std::string_view bytes, Output& out);

  /// The peer has sent its last byte; `rest` is what was received and not used. To be called while no call is open, and
  /// again, without a rest, when the call is over that a last message has opened.
  void receive_end(std::string_view rest, Output& out);
  /// The peer's end was told to the handler, which keeps the conversation open.
  bool outlives_peer_end() const { return outlives_peer_end_; }

  /// Nothing is decoded until a call is over.
  bool busy() const { return busy_; }
  /// Messages are unanswered, on a worker or by replies that are kept.
  bool call_open() const { return extra_ && !extra_->calls.empty(); }
  /// The number of the oldest call that is open; 0 if none is.
  std::uint64_t oldest_call() const { return call_open() ? extra_->calls.front().number : 0; }
  /// A call is to be run, and its turn has come.
  bool job_ready() const { return busy_ && extra_ && extra_->job && extra_->calls.size() == 1; }
  /// An open call may last as long as the config lets a worker take, which may be for ever.
  bool untimed() const { return protocol_->untimed_replies; }
  std::unique_ptr<Job> take_job() { return std::move(extra_->job); }
  /// The memory that open calls take, in bytes: answers that are held, and the message of a call that is to be run.
  std::size_t weight() const { return extra_ ? extra_->calls.weight() + (extra_->job ? extra_->job->weight() : 0) : 0; }
  /// Takes over the outcome of a job that has run.
  void complete(Job& job, Output& out);

  /// What a reply says. A call that is over is left alone.
  void answer(std::uint64_t number, LateAnswer answer, Output& out);
  void finish(std::uint64_t number, bool close, Output& out);
  /// Both in one, of a call that one message answers.
  void answer_whole(std::uint64_t number, std::string_view body, const Attributes& attributes, Output& out);
  void use_framing(std::uint64_t call, const Framing& framing);
  void start_tls(std::uint64_t call);
  /// True if a reply to that call is still wanted.
  bool awaits(std::uint64_t call) const { return call_open() && extra_->calls.find(call) != nullptr; }

  /// Sending calls the handler, see Handler::sees_answers().
  bool sees_answers() const { return sees_answers_; }
  /// Sends what no message has asked for. Not to be called while holds_unasked().
  void send_unasked(LateAnswer answer, Output& out);

  /// A handler has asked for TLS and no call is open: nothing is decoded until begin_tls().
  bool wants_tls() const { return tls_ == Tls::wanted; }
  /// All answers have left and the handshake begins. `rest`: what has come in clear behind the message that asked for
  /// it. If there is any the conversation ends: somebody on the way could have put it there, and it must not be taken
  /// for what the peer says encrypted. False if the conversation has ended.
  bool begin_tls(std::string_view rest);
  bool in_handshake() const { return tls_ == Tls::begun; }
  void tls_established() { tls_ = Tls::established; }
  /// What is sent unasked now would come between the answer that starts TLS and the handshake.
  bool holds_unasked() const {
    return tls_ == Tls::wanted || tls_ == Tls::begun || (call_open() && extra_->calls.back().starts_tls);
  }

  /// Ends the conversation, unless it has ended. `bytes` begin with what was malformed.
  void end(CloseReason reason, std::string_view detail = {}, std::string_view bytes = {});

  /// Keeps what the host has to say of the end until closed() may be called.
  void keep_end_detail(std::string_view detail) { detail_ = detail; }

  /// Tells a handler that sees events how the conversation has ended. The last call.
  void closed(CloseReason reason, std::string_view detail);

  /// Not none: no more bytes are used. The text says more where there is more to say.
  CloseReason ended() const { return ended_; }
  const std::string& end_detail() const { return detail_; }
  /// The first bytes of what was malformed, at most kFirstBytes; empty if nothing was.
  std::string_view malformed_bytes() const { return extra_ ? std::string_view(extra_->malformed) : std::string_view(); }
  static constexpr std::size_t kFirstBytes = 32;

  /// True if `out` holds so much that nothing more is decoded until it drains.
  bool backed_up(const Output& out) const { return out.waiting() >= protocol_->output_limit || full_of_bodies(out); }

  /// True if the bytes left over by the last receive() are only a part of a message: nothing comes of them before more
  /// arrive. False if decoding paused before them.
  bool needs_more() const { return needs_more_; }
  /// Says so of bytes that are not to be decoded yet, or takes it back.
  void set_needs_more(bool needs_more) { needs_more_ = needs_more; }

  /// The bytes the message at the front needs as a whole, or 0 if unknown: a hint for buffers.
  std::size_t wanted() const { return wanted_; }
  std::uint64_t messages() const { return messages_; }
  /// How many messages were not answered within their call, since this was asked last.
  std::uint64_t take_opened() { return extra_ ? extra_->calls.take_opened() : 0; }
  /// How many messages it has answered with, unasked ones included.
  std::uint64_t answers() const { return answers_; }

  /// Receives so many more messages and then pauses, until it is allowed more. Unlimited if never called.
  void allow(std::uint64_t messages) {
    most_messages_ = messages > UINT64_MAX - messages_ ? UINT64_MAX : messages_ + messages;
  }
  /// No further message, also of what it is amid receiving, until allow().
  void pause() { most_messages_ = messages_; }
  /// True if it pauses for one of these reasons.
  bool used_up() const { return messages_ >= most_messages_; }

  /// Another host carries it from now on.
  void use_host(SessionHost& host) { host_ = &host; }

  /// True if this object can serve the next, unrelated datagram as a new one would.
  bool reusable() const {
    return ended_ == CloseReason::none && !busy_ && own_handler_ == nullptr && !needs_more_ && !extra_ &&
           !sees_events_ && !decoder_has_state_;
  }

 private:
  static constexpr std::size_t kMostBodies = 16;  // streamed bodies that may wait: each holds a file open

  /// How far a change to TLS in mid-conversation is.
  enum class Tls : std::uint8_t { none, wanted, begun, established };

  /// What only conversations have whose calls do not end at once, or whose bytes were malformed.
  struct Extra {
    OpenCalls calls;
    std::unique_ptr<Job> job;
    std::optional<Framing> next_framing;
    std::vector<Codec> former_codecs;  // bodies on their way may still use their encoders
    std::string malformed;
  };

  Peer peer() const override { return host_->peer(); }
  Conversation conversation() override { return host_->handles().conversation(); }
  Reply make_reply() override;
  void use_framing(const Framing& framing) override { extra().next_framing = framing; }
  void start_tls() override;
  bool may_start_tls() const { return protocol_->can_start_tls && tls_ == Tls::none; }
  void want_tls();

  Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }
  void use_codec(Codec codec);
  AnswerWriter writer(Output& out) { return {*encoder_, out, *this, in_place_}; }

  static bool full_of_bodies(const Output& out) { return out.bodies() >= kMostBodies; }

  struct StreamBounds;
  struct DatagramBounds;
  template <class Bounds>
  std::size_t take_messages(std::string_view bytes, Output& out);
  template <class Bounds>
  void take_directly(std::string_view& rest, Output& out);
  template <class Bounds>
  void take_specially(std::string_view& rest, Output& out);
  template <class Bounds>
  void take_held(std::string_view& rest, Output& out);
  bool step(std::string_view& rest, AnswerWriter& writer);
  bool step_held(std::string_view& rest, Output& out);
  static void append_reply(const Decoded& decoded, Output& out);
  bool take_other(const Decoded& decoded, std::string_view& rest, Output& out);
  bool refuse_size(const Decoded& decoded, std::size_t there);
  bool after_call(AnswerWriter& writer, Output& out);
  void answer_at_end(const Message& message, Output& out);
  bool make_job(const Message& message, Responder& responder, bool datagram);
  void refuse(const Job& job, OpenCalls::Call& call, Output& out);
  bool apply_framing();
  bool send(LateAnswer& answer, Output& out);
  template <class Frame>
  bool send_by(Frame frame, Output& out);
  void end_call(Output& out);
  void release_calls(Output& out);
  void recount();

  const Protocol* protocol_;
  SessionHost* host_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Handler> own_handler_;
  Handler* handler_;  // its own, or the listener's
  std::unique_ptr<Extra> extra_;
  std::uint64_t messages_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t most_messages_ = UINT64_MAX;
  std::size_t wanted_ = 0;
  CloseReason ended_ = CloseReason::none;
  Tls tls_ = Tls::none;
  bool busy_ = false;
  bool needs_more_ = false;
  bool sees_events_ = false;
  bool sees_answers_ = false;
  bool in_place_ = true;  // see AnswerWriter
  bool ends_calls_ = false;
  bool opened_ = false;
  bool input_ended_ = false;
  bool decoder_has_state_ = false;  // it has taken bytes that were no message
  bool outlives_peer_end_ = false;
  bool answers_late_ = false;  // a reply that was kept is answered right now
  std::string detail_;
};

}  // namespace netkit
