#include <stdexcept>
#include <utility>

#include "session/handler_call.h"
#include "session/session.h"

// The calls of a session that do not end at once: a worker runs them, or their replies are kept. And what is said
// unasked, and the way to TLS, which begins behind the answer that starts it.

namespace netkit {

/// Leaves the call to a worker, unless it is refused: then the handler says so at once.
bool Session::make_job(const Message& message, Responder& responder, bool datagram) {
  CallLimiter* const limiter = protocol_->call_limiter.get();
  CallPermit permit = limiter != nullptr ? limiter->admit(host_->call_source()) : CallPermit();
  if (limiter != nullptr && !permit) {
    host_->call_refused();
    handler_->on_overload(message, responder);
    return false;
  }
  extra().job = std::make_unique<Job>(JobParts{*handler_, *encoder_, in_place_, datagram, may_start_tls()}, messages_,
                                      host_->peer(), message, host_->handles().hold(), std::move(permit));
  OpenCalls& calls = extra_->calls;
  OpenCalls::Call& call = calls.empty() || calls.back().number != messages_ ? calls.open(messages_) : calls.back();
  call.on_worker = true;
  busy_ = true;
  return true;
}

void Session::complete(Job& job, Output& out) {
  answers_ += job.messages();
  OpenCalls::Call* const call = extra_->calls.find(job.number());
  if (job.failed()) return end(CloseReason::handler_failed, job.failure());
  if (job.new_framing()) extra_->next_framing = job.new_framing();
  if (call == nullptr) return;
  call->on_worker = false;
  call->closes |= job.closed();
  call->starts_tls |= job.starts_tls();
  if (!job.deferred()) call->finished = true;
  if (job.refused()) refuse(job, *call, out);
  release_calls(out);
}

/// What make_job() does at once, of a call that has waited and whose place another source has got.
void Session::refuse(const Job& job, OpenCalls::Call& call, Output& out) {
  if (ended_ != CloseReason::none) return;
  host_->call_refused();
  AnswerWriter writer = this->writer(out);
  call_handler([&] { handler_->on_overload(job.message(), writer); }, writer,
               [this](const char* what) { end(CloseReason::handler_failed, what); });
  answers_ += writer.messages();
  call.closes |= writer.closed();
  call.starts_tls |= writer.starts_tls();
  call.finished = !writer.deferred();
}

void Session::answer(std::uint64_t number, LateAnswer answer, Output& out) {
  OpenCalls::Call* const call = call_open() ? extra_->calls.find(number) : nullptr;
  if (call == nullptr || call->finished || ended_ != CloseReason::none) return;
  if (call == &extra_->calls.front()) {
    call->closes |= send(answer, out);
  } else {
    extra_->calls.hold(*call, std::move(answer));
  }
}

void Session::finish(std::uint64_t number, bool close, Output& out) {
  OpenCalls::Call* const call = call_open() ? extra_->calls.find(number) : nullptr;
  if (call == nullptr) return;
  call->finished = true;
  call->closes |= close;
  release_calls(out);
}

void Session::answer_whole(std::uint64_t number, std::string_view body, const Attributes& attributes, Output& out) {
  OpenCalls::Call* const call = call_open() ? extra_->calls.find(number) : nullptr;
  if (call == nullptr || call->finished) return;
  if (call != &extra_->calls.front()) {
    extra_->calls.hold(*call, {.body = std::make_shared<const std::string>(body), .attributes = attributes});
  } else if (ended_ == CloseReason::none) {
    send_by([&](AnswerWriter& writer) { writer.send(body, attributes); }, out);
  }
  call->finished = true;
  release_calls(out);
}

void Session::use_framing(std::uint64_t call, const Framing& framing) {
  if (awaits(call)) extra_->next_framing = framing;
}

void Session::start_tls() {
  if (!may_start_tls()) throw std::logic_error(kCannotStartTls);
}

void Session::start_tls(std::uint64_t call) {
  OpenCalls::Call* const open = call_open() ? extra_->calls.find(call) : nullptr;
  if (open == nullptr) return;
  if (!may_start_tls()) return end(CloseReason::handler_failed, kCannotStartTls);
  open->starts_tls = true;
  recount();
}

/// The message that has asked for TLS is answered.
void Session::want_tls() {
  if (ended_ != CloseReason::none) return;
  if (call_open()) return end(CloseReason::tls_failed, "a message has come in clear behind the one that starts TLS");
  tls_ = Tls::wanted;
  busy_ = true;
}

bool Session::begin_tls(std::string_view rest) {
  busy_ = false;
  tls_ = Tls::begun;
  if (!rest.empty()) {
    end(CloseReason::tls_failed,
        std::to_string(rest.size()) + " bytes have come in clear behind the message that starts TLS");
  }
  return ended_ == CloseReason::none;
}

void Session::send_unasked(LateAnswer answer, Output& out) {
  if (ended_ == CloseReason::none) send(answer, out);
}

Reply Session::make_reply() {
  if (answers_late_) throw std::logic_error("defer() is called for an answer that was deferred");
  return host_->handles().make_reply(messages_, {});
}

/// True if the conversation is to end behind it.
bool Session::send(LateAnswer& answer, Output& out) {
  const auto frame = [&](AnswerWriter& writer) {
    if (answer.answering) {
      answer.answering(writer);
    } else if (answer.body) {
      writer.send(*answer.body, answer.attributes);
    } else {
      writer.stream(std::move(answer.source), answer.attributes);
    }
  };
  return send_by(frame, out);
}

/// The same; `frame` gives the answer to the writer.
template <class Frame>
bool Session::send_by(Frame frame, Output& out) {
  AnswerWriter writer = this->writer(out);
  answers_late_ = true;
  call_handler([&] { frame(writer); }, writer, [this](const char* what) { end(CloseReason::handler_failed, what); });
  answers_late_ = false;
  answers_ += writer.messages();
  return writer.closed();
}

void Session::end_call(Output& out) {
  if (!ends_calls_) return;
  run_guarded([&] { encoder_->end_call(out.bytes()); },
              [this](const char* what) { end(CloseReason::handler_failed, what); });
}

/// Lets the calls go that are over, each behind those before it, with the answers that were held for it.
void Session::release_calls(Output& out) {
  OpenCalls& calls = extra_->calls;
  while (!calls.empty() && ended_ == CloseReason::none) {
    OpenCalls::Call& front = calls.front();
    if (!front.held.empty()) {
      for (LateAnswer& answer : calls.take_held()) front.closes |= send(answer, out);
    }
    if (!front.finished || front.on_worker) break;
    end_call(out);
    if (front.closes) end(CloseReason::handler_closed);
    const bool starts_tls = front.starts_tls;
    calls.pop_front();
    if (starts_tls) want_tls();
  }
  recount();
  if (!calls.empty()) return;
  apply_framing();
}

/// Whether anything more may be decoded, as far as the open calls go.
void Session::recount() {
  OpenCalls& calls = extra_->calls;
  busy_ = extra_->job != nullptr || calls.size() >= protocol_->open_calls || wants_tls() ||
          (!calls.empty() &&
           (calls.back().closes || calls.back().starts_tls || calls.front().on_worker || extra_->next_framing));
}

}  // namespace netkit
