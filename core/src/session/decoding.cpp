#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "session/answer_holder.h"
#include "session/handler_call.h"
#include "session/session.h"

// The way of a message through a session: from bytes by the decoder to the handler. All that runs for each message
// stands in this file, so that it can be inlined.

namespace netkit {
namespace {

/// A message, and not the last one: both in one comparison, as every message is asked.
bool is_plain_message(const Decoded& decoded) {
  static_assert(offsetof(Decoded, status) == 0 && offsetof(Decoded, last) == 1 && sizeof(decoded.status) == 1);
  static_assert(static_cast<int>(Decoded::Status::message) == 0);
  std::uint16_t both = 0;
  std::memcpy(&both, &decoded, sizeof both);
  return both == 0;
}

}  // namespace

/// Decodes and answers one message; false if nothing more is to be decoded now. What happens seldom has functions of
/// its own, so that this one stays small: it stands in the way of every message.
inline bool Session::step(std::string_view& rest, AnswerWriter& writer) {
  const Decoded decoded = decoder_->decode(rest);
  if (!is_plain_message(decoded)) [[unlikely]] {
    if (decoded.status != Decoded::Status::message) {
      std::string_view left = rest;  // a copy, as nothing else needs an address of `rest`
      const bool goes_on = take_other(decoded, left, writer.output());
      rest = left;
      return goes_on;
    }
    writer.note_last();
  }
  if (decoded.size - 1 >= rest.size()) [[unlikely]] {
    if (refuse_size(decoded, rest.size())) return false;
  }
  rest.remove_prefix(decoded.size);
  ++messages_;
  if (handler_->may_block(decoded.message)) [[unlikely]] {
    if (make_job(decoded.message, writer, writer.for_datagrams())) return false;
  } else {
    handler_->on_message(decoded.message, writer);
  }
  if (writer.notes() != 0) [[unlikely]]
    return after_call(writer, writer.output());
  return true;
}

/// Takes messages as long as `Bounds` lets it and nothing is in the way. Returns the number of bytes used.
template <class Bounds>
inline std::size_t Session::take_messages(std::string_view bytes, Output& out) {
  if (busy_ || ended_ != CloseReason::none) return 0;
  wanted_ = 0;
  needs_more_ = false;
  std::string_view rest = bytes;
  const bool open = call_open();
  if (!open) take_directly<Bounds>(rest, out);
  if (extra_) [[unlikely]] {
    if (open || !rest.empty()) {
      take_specially<Bounds>(rest, out);
    } else {
      apply_framing();  // a datagram that is used up must not be taken for an empty one
    }
  }
  return bytes.size() - rest.size();
}

/// While every call before is answered. Calls into plugins: if one throws, the conversation ends, and `rest` stays as
/// it was: nothing becomes of it.
template <class Bounds>
[[gnu::always_inline]] inline void Session::take_directly(std::string_view& rest, Output& out) {
  if (full_of_bodies(out)) [[unlikely]]
    return;
  AnswerWriter writer = this->writer(out);
  if (out.takes_loans()) writer.use_loans(rest);
  if (ends_calls_) [[unlikely]]
    writer.note_each_call();
  const auto answer_all = [&] {
    Bounds bounds(*this);
    std::string_view left = rest;  // of this function alone, so that it can stay in registers
    while (bounds.go_on(*this, left.size(), out)) {
      if (!step(left, writer)) break;
    }
    rest = left;
  };
  call_handler(answer_all, writer, [this](const char* what) { end(CloseReason::handler_failed, what); });
  answers_ += writer.messages();
}

/// Goes on where a reply was kept or the framing has changed.
template <class Bounds>
[[gnu::cold, gnu::noinline]] void Session::take_specially(std::string_view& rest, Output& out) {
  for (bool changed = true; changed;) {
    changed = apply_framing();
    if (busy_ || ended_ != CloseReason::none || needs_more_) return;
    if (call_open()) return take_held<Bounds>(rest, out);
    if (changed) take_directly<Bounds>(rest, out);
  }
}

/// While earlier calls are open: answers are held.
template <class Bounds>
void Session::take_held(std::string_view& rest, Output& out) {
  if (full_of_bodies(out)) return;
  const auto answer_all = [&] {
    Bounds bounds(*this);
    while (bounds.go_on(*this, rest.size(), out) && extra_->calls.weight() < protocol_->output_limit) {
      if (!step_held(rest, out)) break;
    }
  };
  run_guarded(answer_all, [this](const char* what) { end(CloseReason::handler_failed, what); });
}

bool Session::step_held(std::string_view& rest, Output& out) {
  const Decoded decoded = decoder_->decode(rest);
  if (decoded.status != Decoded::Status::message) return take_other(decoded, rest, out);
  if (decoded.size - 1 >= rest.size() && refuse_size(decoded, rest.size())) return false;
  rest.remove_prefix(decoded.size);
  ++messages_;
  OpenCalls::Call& call = extra_->calls.open(messages_);
  AnswerHolder holder(extra_->calls, call, *this);
  if (handler_->may_block(decoded.message)) {
    if (make_job(decoded.message, holder, out.keeps_message_ends())) return false;
    call.finished = true;
  } else {
    handler_->on_message(decoded.message, holder);
    call.finished = !holder.deferred();
  }
  call.closes |= decoded.last;
  recount();
  return !busy_ && ended_ == CloseReason::none;
}

/// What the framing itself has to say.
void Session::append_reply(const Decoded& decoded, Output& out) {
  if (decoded.reply.empty()) return;
  out.bytes().append(decoded.reply);
  out.end_message();
}

/// Everything that a decoder can find but a message. False if nothing more is to be decoded now.
bool Session::take_other(const Decoded& decoded, std::string_view& rest, Output& out) {
  switch (decoded.status) {
    case Decoded::Status::control:
      if (refuse_size(decoded, rest.size())) return false;
      rest.remove_prefix(decoded.size);
      decoder_has_state_ = true;
      append_reply(decoded, out);
      if (decoded.last) end(CloseReason::peer_closed);
      return !decoded.last;
    case Decoded::Status::malformed:
      append_reply(decoded, out);
      end(CloseReason::malformed, decoded.reason, rest);
      return false;
    case Decoded::Status::need_more:
    case Decoded::Status::message:
      break;
  }
  wanted_ = decoded.size;
  needs_more_ = true;
  return false;
}

/// A decoder that takes nothing would be asked for ever, and one that takes more than there is would lead it astray. An
/// empty datagram is a message of no bytes.
bool Session::refuse_size(const Decoded& decoded, std::size_t there) {
  if (decoded.size <= there && (decoded.size > 0 || there == 0)) return false;
  end(CloseReason::handler_failed,
      "the decoder of its framing took " + std::to_string(decoded.size) + " bytes of " + std::to_string(there));
  return true;
}

/// Sees to what a call has asked for besides its answers. False if nothing more is to be decoded in this way.
bool Session::after_call(AnswerWriter& writer, Output& out) {
  const bool last = (writer.notes() & AnswerWriter::kLast) != 0;
  if (writer.deferred()) {
    OpenCalls::Call& call = extra().calls.open(messages_);
    call.closes = writer.closed() || last;
    call.starts_tls = writer.starts_tls();
    recount();
    return false;
  }
  if (ends_calls_) encoder_->end_call(out.bytes());
  if (writer.closed()) end(CloseReason::handler_closed);
  if (last) end(CloseReason::peer_closed);
  if (writer.starts_tls()) want_tls();
  const bool changes = (writer.notes() & (AnswerWriter::kNewFraming | AnswerWriter::kStartsTls)) != 0;
  return !changes && ended_ == CloseReason::none && !full_of_bodies(out);
}

/// True if the framing has changed.
bool Session::apply_framing() {
  if (!extra_->next_framing || call_open()) return false;
  const Framing framing = *std::exchange(extra_->next_framing, std::nullopt);
  const auto change = [&] {
    Codec codec = framing.make();
    extra_->former_codecs.push_back({std::move(decoder_), std::move(encoder_)});
    use_codec(std::move(codec));
  };
  run_guarded(change, [this](const char* what) { end(CloseReason::handler_failed, what); });
  return true;
}

/// A stream is taken from as long as there are bytes, and as the output and the rates have room. A body that was added
/// is noted by the writer, and after_call() counts the bodies: so nothing asks for them at each message.
struct Session::StreamBounds {
  explicit StreamBounds(const Session& session) : most_waiting(session.protocol_->output_limit) {}
  bool go_on(const Session& session, std::size_t left, const Output& out) const {
    return left > 0 && out.waiting() < most_waiting && !session.used_up();
  }
  const std::size_t most_waiting;
};

/// A datagram is a whole: all of it is taken, unless the handler pauses, and an empty one is a message too.
struct Session::DatagramBounds {
  explicit DatagramBounds(const Session& /*session*/) {}
  bool go_on(const Session& session, std::size_t left, const Output& out) {
    const bool more = left > 0 && out.message_ends().size() < session.protocol_->most_answers;
    return (std::exchange(first, false) || more) && !session.used_up();
  }
  bool first = true;
};

std::size_t Session::receive(std::string_view bytes, Output& out) { return take_messages<StreamBounds>(bytes, out); }

std::size_t Session::receive_datagram(std::string_view bytes, Output& out) {
  const std::size_t used = take_messages<DatagramBounds>(bytes, out);
  if (used < bytes.size() && needs_more_ && !busy_ && ended_ == CloseReason::none) {
    end(CloseReason::malformed, std::to_string(bytes.size() - used) + " bytes of the datagram are not a whole message",
        bytes.substr(used));
  }
  return used;
}

}  // namespace netkit
