#include "host/conversation/mail.h"

#include <utility>

#include "base/run_guarded.h"
#include "session/output.h"
#include "session/session.h"

namespace netkit {
namespace {

class Delivery {
 public:
  Delivery(Session& session, Output& out) : session_(session), out_(out) {}

  void operator()(mail::Unasked& mail) { session_.send_unasked(std::move(mail.answer), out_); }
  void operator()(mail::Part& mail) { session_.answer(mail.call, std::move(mail.answer), out_); }
  void operator()(mail::Whole& mail) { session_.answer_whole(mail.call, mail.body, mail.attributes, out_); }
  void operator()(mail::Finish& mail) { session_.finish(mail.call, mail.close, out_); }
  void operator()(mail::FinishBy& mail) {
    session_.answer(mail.call, {.answering = std::move(mail.answering)}, out_);
    session_.finish(mail.call, false, out_);
  }
  void operator()(mail::Drop& mail) {
    if (session_.awaits(mail.call)) session_.end(CloseReason::handler_dropped);
  }
  void operator()(mail::NewFraming& mail) { session_.use_framing(mail.call, mail.framing); }
  void operator()(mail::StartTls& mail) { session_.start_tls(mail.call); }
  void operator()(mail::Close& mail) { session_.end(mail.reason, mail.detail); }
  void operator()(mail::Look& /*mail*/) {}
  void operator()(mail::Run& mail) {
    if (session_.ended() != CloseReason::none) return;
    run_guarded(mail.task, [this](const char* what) { session_.end(CloseReason::handler_failed, what); });
  }

 private:
  Session& session_;
  Output& out_;
};

bool overlaps_call(const Mail& mail, const Session& session) {
  if (std::holds_alternative<mail::Run>(mail)) return true;
  const bool sends = std::holds_alternative<mail::Unasked>(mail) || std::holds_alternative<mail::Part>(mail) ||
                     std::holds_alternative<mail::Whole>(mail) || std::holds_alternative<mail::FinishBy>(mail);
  return sends && session.sees_answers();
}

/// Messages that no message has asked for, and an end behind them, wait until the way to TLS is over. Answers do not,
/// as TLS begins behind them.
bool waits_for_tls(const Mail& mail, const Session& session, bool behind_kept) {
  if (!session.holds_unasked()) return false;
  return std::holds_alternative<mail::Unasked>(mail) || (behind_kept && std::holds_alternative<mail::Close>(mail));
}

const LateAnswer* answer_in(const Mail& mail) {
  if (const auto* unasked = std::get_if<mail::Unasked>(&mail)) return &unasked->answer;
  if (const auto* part = std::get_if<mail::Part>(&mail)) return &part->answer;
  return nullptr;
}

}  // namespace

std::size_t weight_of(const Mail& mail) {
  if (const auto* whole = std::get_if<mail::Whole>(&mail)) return whole->body.size();
  const LateAnswer* const answer = answer_in(mail);
  return answer != nullptr ? answer->weight() : 0;
}

MailBag deliver(MailBag bag, Session& session, Output& out, bool calling) {
  Delivery delivery(session, out);
  MailBag kept;
  for (Mail& mail : bag) {
    // What follows mail that is kept must not overtake it, but for the word that ends the conversation.
    const bool overlaps = calling && (!kept.empty() || overlaps_call(mail, session));
    if (overlaps || waits_for_tls(mail, session, !kept.empty())) {
      kept.push_back(std::move(mail));
    } else {
      std::visit(delivery, mail);
    }
  }
  return kept;
}

}  // namespace netkit
