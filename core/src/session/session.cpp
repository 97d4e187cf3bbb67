#include "session/session.h"

#include <algorithm>
#include <stdexcept>

#include "session/handler_call.h"

namespace netkit {

Session::Session(const Protocol& protocol, const Endpoint& endpoint) : protocol_(&protocol), endpoint_(&endpoint) {
  guarded([&] {
    decoder_ = protocol.make_decoder();
    encoder_ = protocol.make_encoder();
    if (!decoder_ || !encoder_) throw std::logic_error("its framing made nothing");
    own_handler_ = protocol.handler->for_session();
  });
}

/// Calls into plugins: if one throws, the conversation ends.
template <class Act>
void Session::guarded(Act act) {
  run_guarded(act, [this](const char* what) { end(CloseReason::handler_failed, what); });
}

/// Decodes and answers one message; false if nothing more is to be decoded now. What happens seldom has functions of
/// its own, so that this one stays small: it stands in the way of every message.
inline bool Session::step(std::string_view bytes, AnswerWriter& writer, std::size_t& used) {
  if (busy_ || ended_ != CloseReason::none) return false;
  const Decoded decoded = decoder_->decode(bytes.substr(used));
  if (decoded.status != Decoded::Status::message) [[unlikely]] {
    pause_decoding(decoded);
    return false;
  }
  used += decoded.size;
  wanted_ = 0;
  needs_more_ = false;
  ++messages_;
  Handler& answering = handler();
  if (answering.may_block(decoded.message)) {
    make_job(answering, decoded.message, writer);
    return !busy_;
  }
  call_handler([&] { answering.on_message(decoded.message, writer); }, writer,
               [this](const char* what) { end(CloseReason::handler_failed, what); });
  if (writer.closed()) [[unlikely]]
    end(CloseReason::handler_closed);
  return true;
}

std::size_t Session::receive(std::string_view bytes, Output& out) {
  if (ended_ != CloseReason::none) return 0;
  AnswerWriter writer(*encoder_, out, *endpoint_);
  std::size_t used = 0;
  guarded([&] {
    while (used < bytes.size() && !backed_up(out) && !used_up() && step(bytes, writer, used)) {
    }
  });
  answers_ += writer.messages();
  return std::min(used, bytes.size());
}

std::size_t Session::receive_datagram(std::string_view bytes, Output& out) {
  if (ended_ != CloseReason::none) return 0;
  AnswerWriter writer(*encoder_, out, *endpoint_);
  std::size_t used = 0;
  guarded([&] {
    while (step(bytes, writer, used) && used < bytes.size()) {
    }
  });
  answers_ += writer.messages();
  used = std::min(used, bytes.size());
  if (used < bytes.size() && !busy_ && ended_ == CloseReason::none) {
    end(CloseReason::malformed, std::to_string(bytes.size() - used) + " bytes of the datagram are not a whole message");
  }
  return used;
}

void Session::receive_end(std::string_view rest) {
  if (ended_ != CloseReason::none) return;
  if (rest.empty()) {
    end(CloseReason::peer_closed);
  } else {
    end(CloseReason::peer_cut, std::to_string(rest.size()) + " bytes are not a whole message");
  }
}

void Session::pause_decoding(const Decoded& decoded) {
  if (decoded.status == Decoded::Status::malformed) {
    end(CloseReason::malformed, decoded.reason);
  } else {
    wanted_ = decoded.size;
    needs_more_ = true;
  }
}

/// Leaves the call to a worker, unless there is no place for it: then the handler says so at once.
void Session::make_job(Handler& answering, const Message& message, AnswerWriter& writer) {
  if (!protocol_->admission || protocol_->admission->admit()) {
    job_ = std::make_unique<Job>(answering, *encoder_, endpoint_->peer(), message, writer.for_datagrams(),
                                 protocol_->admission);
    busy_ = true;
    return;
  }
  call_handler([&] { answering.on_overload(message, writer); }, writer,
               [this](const char* what) { end(CloseReason::handler_failed, what); });
  if (writer.closed()) end(CloseReason::handler_closed);
}

void Session::complete(Job& job, Output& out) {
  busy_ = false;
  out.append(job.answers());
  answers_ += job.messages();
  if (job.failed()) {
    end(CloseReason::handler_failed, job.failure());
  } else if (job.closed()) {
    end(CloseReason::handler_closed);
  }
}

void Session::end(CloseReason reason, std::string_view detail) {
  if (ended_ != CloseReason::none) return;
  ended_ = reason;
  detail_ = detail;
}

}  // namespace netkit
