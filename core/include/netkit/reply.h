#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/attributes.h"
#include "netkit/body_source.h"
#include "netkit/conversation.h"

namespace netkit {

class Framing;
class Responder;

/// Answers a message by a responder, whose answers belong to the one call that it was made for.
using Answering = std::function<void(Responder&)>;

/// What a Reply holds; implemented by the server and by netkit::testing. Every call may come from any thread.
class ReplyCore {
 public:
  virtual ~ReplyCore() = default;
  /// As Reply's functions of these names.
  /// @{
  virtual bool wanted() const noexcept = 0;
  virtual std::stop_token stop_token() = 0;
  virtual bool send(SharedBody body, const Attributes& attributes) = 0;
  virtual bool stream(std::unique_ptr<BodySource> source, const Attributes& attributes) = 0;
  virtual void use_framing(const Framing& framing) = 0;
  virtual void start_tls() = 0;
  /// @}
  /// The call is over. `close`: the conversation ends with it.
  virtual void finish(bool close) = 0;
  /// The call is over behind one more message.
  virtual void finish_with(std::string_view body, const Attributes& attributes) = 0;
  /// The call is over once `answering` has run.
  virtual void finish_by(Answering answering) = 0;
  /// Nobody will answer: the conversation ends with `handler-dropped`.
  virtual void drop() noexcept = 0;
  /// As Reply::conversation().
  virtual Conversation conversation() const = 0;
};

/// The right and the duty to answer one message after on_message() has returned. It may be moved to any thread, and is
/// used by one at a time. The answers of a conversation leave in the order of its messages: those of a later message
/// wait for the finish() of this one. A reply that is destroyed unfinished ends the conversation (`handler-dropped`),
/// as a peer that pairs answers with messages could not go on.
///
/// Answers are framed on the conversation's loop, later than the call: one that the framing cannot carry ends the
/// conversation with `handler-failed`.
class Reply {
 public:
  /// A reply to nothing.
  Reply() = default;
  /// For whoever implements conversations.
  explicit Reply(std::unique_ptr<ReplyCore> core) : core_(std::move(core)) {}
  Reply(Reply&&) noexcept = default;
  /// A reply that is overwritten unfinished is dropped, as one that is destroyed.
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      if (core_) core_->drop();
      core_ = std::move(other.core_);
    }
    return *this;
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (core_) core_->drop();
  }

  /// True while this reply is unfinished and somebody waits for it. False once the peer is gone, the call has timed out
  /// or the server has ended it: what is sent then goes nowhere, and the work may stop.
  bool wanted() const noexcept { return core_ && core_->wanted(); }
  /// True until finish(), close() or a move.
  explicit operator bool() const noexcept { return core_ != nullptr; }
  /// Requested when wanted() becomes false while the conversation is there. Callbacks run on the conversation's loop;
  /// they must not wait.
  std::stop_token stop_token() const { return core_ ? core_->stop_token() : std::stop_token(); }

  /// Sends one whole message as a part of the answer. False, and nothing is sent, if nobody waits for it, or if
  /// limits.output bytes wait already and this is not the first part: Conversation::when_writable() tells when to go
  /// on.
  bool send(std::string_view body, const Attributes& attributes = kNoAttributes) {
    return core_ && core_->send(std::make_shared<const std::string>(body), attributes);
  }
  /// The same without a copy of the body.
  bool send(SharedBody body, const Attributes& attributes = kNoAttributes) {
    return core_ && core_->send(std::move(body), attributes);
  }
  /// Sends one message whose body is read from `source` on the conversation's loop. Needs a stream transport.
  bool stream(std::unique_ptr<BodySource> source, const Attributes& attributes = kNoAttributes) {
    return core_ && core_->stream(std::move(source), attributes);
  }

  /// The bytes behind the message are decoded, and further answers encoded, by `framing`. See Responder::use_framing().
  void use_framing(const Framing& framing) {
    if (core_) core_->use_framing(framing);
  }

  /// Has TLS begin once this reply is finished and all answers have left. See Responder::start_tls(): where that
  /// throws, the conversation ends with `handler-failed`. A later message that was taken already, see CallBounds::open,
  /// counts as bytes in clear.
  void start_tls() {
    if (core_) core_->start_tls();
  }

  /// The answer is complete; it may be empty.
  void finish() { end(false); }
  /// Sends one message, however much waits already, and finishes.
  void finish(std::string_view body, const Attributes& attributes = kNoAttributes) {
    if (const std::unique_ptr<ReplyCore> core = std::move(core_)) core->finish_with(body, attributes);
  }
  /// Has `answering` answer on the conversation's loop, when it is this message's turn, and finishes: for an answer
  /// that depends on what the framing can carry, as the responder throws there what it throws in on_message(). It must
  /// not wait, nor defer again. Does not run if nobody waits any more.
  void finish_by(Answering answering) {
    if (const std::unique_ptr<ReplyCore> core = std::move(core_)) core->finish_by(std::move(answering));
  }
  /// Finishes, and ends the conversation once all has left.
  void close() { end(true); }

  /// The one that the message belongs to; a handle of none once the reply is finished.
  Conversation conversation() const { return core_ ? core_->conversation() : Conversation(); }

 private:
  void end(bool close) {
    if (const std::unique_ptr<ReplyCore> core = std::move(core_)) core->finish(close);
  }

  std::unique_ptr<ReplyCore> core_;
};

}  // namespace netkit
