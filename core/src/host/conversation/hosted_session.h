#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "admission/connection_permit.h"
#include "host/conversation/conversation_handle.h"
#include "host/listener/listener_context.h"
#include "host/listener/traffic_tally.h"
#include "host/loop/event_loop.h"
#include "host/loop/session_report.h"
#include "session/deadlines.h"
#include "session/session.h"

namespace netkit {

/// A session and what belongs to it wherever its bytes come from: the permit, the deadlines, the handle that its
/// handler may keep, the call that a worker is in. A connection and a UDP conversation have one each; how bytes move is
/// theirs. Loop thread.
struct HostedSession {
  /// `host` carries the bytes. All but the permit outlives the session; the permit keeps `listener`.
  HostedSession(EventLoop& its_loop, ConnectionPermit&& its_permit, ListenerContext& listener, SessionHost& host)
      : loop(its_loop),
        permit(std::move(its_permit)),
        context(listener),
        session(context.protocol, host),
        deadlines(context.timeouts, loop.now()) {}
  ~HostedSession() {
    if (handle) handle->end();
  }
  HostedSession(const HostedSession&) = delete;
  HostedSession& operator=(const HostedSession&) = delete;

  EventLoop& loop;
  ConnectionPermit permit;  // before all that may hold what is of a plugin: it keeps the plugins
  ListenerContext& context;
  Session session;
  std::shared_ptr<ConversationHandle> handle{};  ///< Null until somebody wants one.
  Deadlines deadlines;

  /// Makes the handle, whose mail goes to `owner`.
  void make_handle(ConversationHandle::Owner& owner, Peer peer, LocalEnd local);
  std::uint64_t id() const { return handle ? handle->id() : 0; }
  /// For operators. There must be a handle.
  SessionReport report(Peer peer, const Traffic& traffic) const;
  /// Whether an operator's query is about it, but for its peer.
  bool meets(const SessionQuery& query) const {
    return query.takes(context.name, loop.now() - deadlines.opened(), loop.now() - deadlines.last_move());
  }
  TrafficCounters::Shard& counters() { return context.counters.traffic.of_loop(loop.index()); }

  bool calling() const { return handle && handle->call; }
  /// The memory that messages take whose answers are to come, and answers that are not framed yet, in bytes.
  std::size_t weight() const { return handle ? session.weight() + handle->weight() : 0; }
  /// Gives the session's call to a worker. False if no thread can be had for it.
  bool start_call();
  /// The call of `job` has returned: its last answers go to `out`.
  void complete(Job& job, Output& out);

  /// Does what the handles have asked for; what comes of it goes to `out`. False, and nothing is done, while a worker
  /// is amid an answer: on_answers() follows. There must be a handle.
  bool take_mail(Output& out);
  /// The same on the way of a message, where no call is under way.
  void deliver_mail(Output& out);

  /// Tells the deadlines how long the oldest call has been open.
  void watch_calls() { deadlines.call_open(session.oldest_call(), calling() || session.untimed(), loop.now()); }

  /// Counts and logs the end.
  void note_end(CloseReason reason, const SessionHost& host, const std::string& detail, const Traffic& traffic);
  /// Cancels the call under way and keeps `detail` for end(), which is to follow when the call has returned. False if
  /// none is.
  bool cancel_call(const std::string& detail);
  /// No call is under way any more: the handler hears of the end.
  void end(CloseReason reason, std::string_view detail) {
    session.closed(reason, detail);
    if (handle) handle->end();
  }
};

}  // namespace netkit
