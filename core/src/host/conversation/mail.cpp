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
  void operator()(mail::Finish& mail) { session_.finish(mail.call, mail.close, out_); }
  void operator()(mail::Drop& mail) {
    if (session_.awaits(mail.call)) session_.end(CloseReason::handler_dropped);
  }
  void operator()(mail::NewFraming& mail) { session_.use_framing(mail.call, mail.framing); }
  void operator()(mail::Close& /*mail*/) { session_.end(CloseReason::handler_closed); }
  void operator()(mail::TooSlow& /*mail*/) { session_.end(CloseReason::too_slow); }
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
  const bool sends = std::holds_alternative<mail::Unasked>(mail) || std::holds_alternative<mail::Part>(mail);
  return sends && session.sees_answers();
}

}  // namespace

MailBag deliver(MailBag bag, Session& session, Output& out, bool calling) {
  Delivery delivery(session, out);
  MailBag kept;
  for (Mail& mail : bag) {
    // What follows mail that is kept must not overtake it, but for the word that ends the conversation.
    if (calling && (!kept.empty() || overlaps_call(mail, session))) {
      kept.push_back(std::move(mail));
    } else {
      std::visit(delivery, mail);
    }
  }
  return kept;
}

}  // namespace netkit
