#pragma once

#include "host/datagram/datagram_batch.h"
#include "host/listener/listener_context.h"
#include "session/session.h"

namespace netkit {

// What holds for a session that is one datagram long, whether it is answered at once or later.

/// True if the session has left a part of its datagram alone because of Protocol::most_answers.
inline bool is_cut_off(const Session& session) {
  return session.ended() == CloseReason::none && !session.needs_more() && !session.busy() && !session.call_open() &&
         !session.used_up();
}

/// Counts and logs how the session has ended, unless it has ended well.
inline void note_end(ListenerContext& context, const Session& session, const DatagramRoute& route) {
  if (session.ended() == CloseReason::none || session.ended() == CloseReason::handler_closed) return;
  context.closed(session.ended(), route.peer(), session.end_detail(), session.malformed_bytes());
}

}  // namespace netkit
