#include "host/conversation/hosted_session.h"

#include <exception>
#include <utility>

#include "base/run_guarded.h"

namespace netkit {

void HostedSession::make_handle(ConversationHandle::Owner& owner, Peer peer, LocalEnd local) {
  handle = std::make_shared<ConversationHandle>(loop, context.workers, context.shared_from_this(), std::move(peer),
                                                context.protocol.output_limit, context.handler_log, std::move(local),
                                                context.call_times(loop.index()));
  handle->attach(owner);
}

SessionReport HostedSession::report(Peer peer, const Traffic& traffic) const {
  return {.id = handle->id(),
          .listener = context.name,
          .transport = context.transport,
          .peer = std::move(peer),
          .age = loop.now() - deadlines.opened(),
          .idle = loop.now() - deadlines.last_move(),
          .received_bytes = traffic.received_bytes,
          .received_messages = traffic.received_messages,
          .sent_bytes = traffic.sent_bytes,
          .sent_messages = traffic.sent_messages};
}

bool HostedSession::start_call() {
  try {
    handle->start_call(session.take_job(), context);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void HostedSession::complete(Job& job, Output& out) {
  const TrafficTally tally(session, counters());
  session.complete(job, out);
}

bool HostedSession::take_mail(Output& out) {
  const TrafficTally tally(session, counters());
  return handle->deliver_mail(session, out);
}

void HostedSession::deliver_mail(Output& out) {
  const TrafficTally tally(session, counters());
  handle->put_back(deliver(handle->take_mail(), session, out, false));
}

void HostedSession::note_end(CloseReason reason, const SessionHost& host, const std::string& detail,
                             const Traffic& traffic) {
  const ConnectionEnd end{.reason = reason,
                          .detail = detail,
                          .first_bytes = reason == CloseReason::malformed ? session.malformed_bytes() : "",
                          .conversation = id(),
                          .duration = loop.now() - deadlines.opened(),
                          .traffic = traffic};
  run_guarded([&] { context.closed(end, host); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
}

bool HostedSession::cancel_call(const std::string& detail) {
  if (!calling()) return false;
  run_guarded([&] { session.keep_end_detail(detail); }, [](const char* /*why*/) {});
  handle->call->cancel();
  return true;
}

}  // namespace netkit
