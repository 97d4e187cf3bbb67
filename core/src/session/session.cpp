#include "session/session.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "base/current_call.h"
#include "session/handler_call.h"
#include "session/observed_encoder.h"

namespace netkit {

Session::Session(const Protocol& protocol, SessionHost& host)
    : protocol_(&protocol), host_(&host), handler_(protocol.handler.get()) {
  const auto make_parts = [&] {
    own_handler_ = protocol.handler->for_conversation();
    if (own_handler_) handler_ = own_handler_.get();
    sees_events_ = handler_->sees_events();
    sees_answers_ = handler_->sees_answers();
    use_codec(protocol.make_codec());
  };
  run_guarded(make_parts, [this](const char* what) { end(CloseReason::handler_failed, what); });
}

void Session::use_codec(Codec codec) {
  if (!codec.decoder || !codec.encoder) throw std::logic_error("its framing made nothing");
  decoder_ = std::move(codec.decoder);
  encoder_ = std::move(codec.encoder);
  if (sees_answers_) encoder_ = std::make_unique<ObservedEncoder>(std::move(encoder_), *handler_);
  in_place_ = !sees_answers_ && encoder_->bodies() == Encoder::Bodies::as_they_are;
  ends_calls_ = encoder_->ends_calls();
}

void Session::open() {
  opened_ = true;
  if (!sees_events_ || ended_ != CloseReason::none) return;
  const CallScope call("on_open");
  run_guarded([this] { handler_->on_open(conversation()); },
              [this](const char* what) { end(CloseReason::handler_failed, what); });
}

void Session::receive_end(std::string_view rest, Output& out) {
  if (ended_ != CloseReason::none || outlives_peer_end_) return;
  const CallScope call("on_peer_end");
  const auto tell = [&] {
    const Decoded decoded = std::exchange(input_ended_, true) ? Decoded{} : decoder_->end(rest);
    if (decoded.status == Decoded::Status::malformed) {
      append_reply(decoded, out);
      return end(CloseReason::malformed, decoded.reason, rest);
    }
    if (decoded.status == Decoded::Status::message) {
      answer_at_end(decoded.message, out);
      if (call_open()) return;  // its end brings the host back here
    } else if (!rest.empty()) {
      return end(CloseReason::peer_cut, std::to_string(rest.size()) + " bytes are not a whole message");
    }
    if (sees_events_ && ended_ == CloseReason::none) outlives_peer_end_ = handler_->on_peer_end(conversation());
    if (!outlives_peer_end_ && !call_open()) end(CloseReason::peer_closed);
  };
  run_guarded(tell, [this](const char* what) { end(CloseReason::handler_failed, what); });
}

/// The message that the end of the stream has ended.
void Session::answer_at_end(const Message& message, Output& out) {
  ++messages_;
  AnswerWriter writer = this->writer(out);
  const auto call = [&] {
    if (handler_->may_block(message)) {
      if (make_job(message, writer, writer.for_datagrams())) return;
    } else {
      handler_->on_message(message, writer);
    }
    after_call(writer, out);
  };
  call_handler(call, writer, [this](const char* what) { end(CloseReason::handler_failed, what); });
  answers_ += writer.messages();
}

void Session::end(CloseReason reason, std::string_view detail, std::string_view bytes) {
  if (ended_ != CloseReason::none) return;
  ended_ = reason;
  detail_ = detail;
  if (bytes.empty()) return;
  run_guarded([&] { extra().malformed = bytes.substr(0, kFirstBytes); },
              [](const char* /*why*/) {});  // no memory for them: the reason has to do
}

void Session::closed(CloseReason reason, std::string_view detail) {
  if (!sees_events_ || !std::exchange(opened_, false)) return;
  const CallScope call("on_close");
  const Ending ending{.reason = to_string(reason), .detail = detail};
  run_guarded([&] { handler_->on_close(conversation(), ending); },
              [](const char* /*what*/) {});  // the conversation is over already
}

}  // namespace netkit
