#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/codec.h"
#include "netkit/responder.h"
#include "session/output.h"

namespace netkit {

/// Where a worker's answers go while its call still runs, and what keeps the encoder from being used by two threads at
/// once. Called by the worker.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// An answer is about to be framed: from now on the encoder is the worker's. Waits before a further one while the
  /// peer has too much to read already; not before the first, as calls with one answer are to hold no worker.
  virtual void begin_answer() = 0;
  /// Takes the whole answer in `answers` and leaves that empty; the encoder is anybody's again.
  virtual void pass_on(Output& answers) = 0;
  /// The answer was taken back.
  virtual void give_up_answer() noexcept = 0;
};

inline constexpr const char* kCannotStartTls =
    "TLS cannot begin: that takes transport tcp with 'tls', a handler whose type says starts_tls, and a conversation "
    "in "
    "clear";

/// What a call may ask for besides answering. Implemented by the session and by its jobs.
class CallContext {
 public:
  virtual ~CallContext() = default;
  virtual Peer peer() const = 0;
  virtual Conversation conversation() = 0;
  virtual Reply make_reply() = 0;
  virtual void use_framing(const Framing& framing) = 0;
  /// Throws std::logic_error where TLS cannot begin.
  virtual void start_tls() = 0;
};

/// The responder: frames each answer with an encoder straight into an output.
class AnswerWriter final : public Responder {
 public:
  /// What a call has asked for, to be seen to when it has returned.
  enum Note : std::uint8_t {
    kClosed = 1,
    kDeferred = 2,
    kNewFraming = 4,
    kEndsCalls = 8,
    kLast = 16,
    kStreamed = 32,
    kStartsTls = 64
  };

  /// `in_place`: bodies may be written into the output before the encoder has seen them.
  AnswerWriter(Encoder& encoder, Output& out, CallContext& context, bool in_place)
      : encoder_(encoder),
        out_(out),
        context_(context),
        state_(in_place ? 0 : kGathers),
        ending_(static_cast<std::uint8_t>((encoder.has_end() ? kEncodes : 0) | (in_place ? 0 : kSendsGathered))),
        tells_ends_(out.keeps_message_ends()) {}

  /// For a call on a worker: each answer is passed on as soon as it is whole.
  void use_sink(AnswerSink& sink, std::stop_token stop) {
    sink_ = &sink;
    stop_ = std::move(stop);
    state_ |= kHasSink;
    tells_ends_ = true;
  }
  /// `received` lasts until the output is sent: answers that are a part of it need not be copied.
  void use_loans(std::string_view received) { received_ = received; }
  /// kEndsCalls is noted for every call.
  void note_each_call() { notes_ |= kEndsCalls; }
  /// The peer sends nothing behind this message.
  void note_last() { notes_ |= kLast; }

  using Responder::send;
  void send(std::string_view body, const Attributes& attributes) override;
  void stream(std::unique_ptr<BodySource> source, const Attributes& attributes) override;
  void close() override { notes_ |= kClosed; }
  Peer peer() const override { return context_.peer(); }
  std::stop_token stop_token() const override { return stop_; }
  Reply defer() override;
  Conversation conversation() override { return context_.conversation(); }
  void use_framing(const Framing& framing) override;
  void start_tls() override;

  std::uint8_t notes() const { return notes_; }
  bool closed() const { return (notes_ & kClosed) != 0; }
  bool deferred() const { return (notes_ & kDeferred) != 0; }
  bool starts_tls() const { return (notes_ & kStartsTls) != 0; }
  /// How many whole messages were written.
  std::uint64_t messages() const { return messages_; }

  bool for_datagrams() const { return out_.keeps_message_ends(); }
  Output& output() { return out_; }

  /// Takes back the answer that an exception left half written.
  void drop_unfinished() {
    if ((state_ & kUnfinished) != 0) [[unlikely]]
      take_back();
  }

 protected:
  std::span<char> open(std::size_t size) override;
  void finish() override;

 private:
  /// What beginning a message has to look at; 0 in the usual case.
  enum State : std::uint8_t {
    kUnfinished = 1,  // a message has begun
    kStreaming = 2,   // and has a body
    kHasSink = 4,
    kGathers = 8,  // the encoder has to see a body before it is in the output
  };
  /// What finish() has to do.
  enum Ending : std::uint8_t { kEncodes = 1, kSendsGathered = 2 };

  void begin_message();
  void begin_specially();
  void send_specially(std::string_view body, const Attributes& attributes);
  bool may_lend(std::string_view body) const;
  void send_large(std::string_view body, const Attributes& attributes);
  void end_message();
  void finish_specially();
  void send_gathered();
  void tell_end();
  void take_back();

  static constexpr std::size_t kLarge = 4096;              // of a body whose copy may cost more than it saves
  static constexpr std::size_t kLargeForTwo = 8 * kLarge;  // the same where something stands before it

  Encoder& encoder_;
  Output& out_;
  CallContext& context_;
  std::string_view received_{};  // what may be lent
  AnswerSink* sink_ = nullptr;
  std::stop_token stop_;
  std::uint64_t messages_ = 0;
  std::size_t whole_bytes_ = 0;  // where the message that is being written began
  std::size_t open_size_ = 0;
  std::uint8_t state_;
  std::uint8_t notes_ = 0;
  std::uint8_t ending_;
  bool tells_ends_;  // the output or the sink wants to know of each
};

}  // namespace netkit
