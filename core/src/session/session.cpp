#include "session/session.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "session/handler_call.h"

namespace netkit {

Session::Session(const Protocol& protocol, const Endpoint& endpoint)
    : protocol_(&protocol), endpoint_(&endpoint), handler_(protocol.handler.get()) {
  const auto make_parts = [&] {
    decoder_ = protocol.make_decoder();
    encoder_ = protocol.make_encoder();
    if (!decoder_ || !encoder_) throw std::logic_error("its framing made nothing");
    own_handler_ = protocol.handler->for_session();
    if (own_handler_) handler_ = own_handler_.get();
  };
  run_guarded(make_parts, [this](const char* what) { end(CloseReason::handler_failed, what); });
}

/// Decodes and answers one message; false if nothing more is to be decoded now. What happens seldom has functions of
/// its own, so that this one stays small: it stands in the way of every message.
inline bool Session::step(std::string_view bytes, AnswerWriter& writer, std::size_t& used) {
  const Decoded decoded = decoder_->decode(bytes.substr(used));
  if (decoded.status != Decoded::Status::message) [[unlikely]] {
    pause_decoding(decoded);
    return false;
  }
  used += decoded.size;
  ++messages_;
  if (handler_->may_block(decoded.message)) [[unlikely]] {
    if (make_job(decoded.message, writer)) return false;
  } else {
    handler_->on_message(decoded.message, writer);
  }
  if (writer.closed()) [[unlikely]] {
    end(CloseReason::handler_closed);
    return false;
  }
  return true;
}

/// Decodes and answers while `more(used)` says so and nothing is in the way. Calls into plugins: if one throws, the
/// conversation ends. Returns the number of bytes used.
template <class More>
std::size_t Session::answer(std::string_view bytes, Output& out, More more) {
  if (busy_ || ended_ != CloseReason::none) return 0;
  wanted_ = 0;
  needs_more_ = false;
  AnswerWriter writer(*encoder_, out, *endpoint_);
  std::size_t used = 0;
  const auto answer_all = [&] {
    while (more(used) && step(bytes, writer, used)) {
    }
  };
  call_handler(answer_all, writer, [this](const char* what) { end(CloseReason::handler_failed, what); });
  answers_ += writer.messages();
  return std::min(used, bytes.size());
}

std::size_t Session::receive(std::string_view bytes, Output& out) {
  return answer(bytes, out, [&](std::size_t used) { return used < bytes.size() && !backed_up(out) && !used_up(); });
}

std::size_t Session::receive_datagram(std::string_view bytes, Output& out) {
  const std::size_t used = answer(bytes, out, [&, first = true](std::size_t so_far) mutable {
    return std::exchange(first, false) || so_far < bytes.size();
  });
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

/// Leaves the call to a worker, unless it is refused: then the handler says so at once.
bool Session::make_job(const Message& message, AnswerWriter& writer) {
  CallLimiter* const limiter = protocol_->call_limiter.get();
  CallPermit permit = limiter != nullptr ? limiter->admit() : CallPermit();
  if (limiter != nullptr && !permit) {
    handler_->on_overload(message, writer);
    return false;
  }
  job_ = std::make_unique<Job>(*handler_, *encoder_, endpoint_->peer(), message, writer.for_datagrams(),
                               std::move(permit));
  busy_ = true;
  return true;
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
