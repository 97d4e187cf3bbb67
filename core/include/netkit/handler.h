#pragma once

#include <memory>

#include "netkit/message.h"
#include "netkit/responder.h"

namespace netkit {

/// Answers messages. One object serves all the sessions of a listener, on several threads at once, unless
/// for_session() gives each its own. It lives until the last session of its listener has ended.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Answers one message. Calls for one session never overlap and come in the order of the messages. An exception ends
  /// this call: what it sent before stays sent, the session is closed, and the server logs and counts it.
  virtual void on_message(const Message& message, Responder& responder) = 0;

  /// True if answering `message` may wait for anything (disk, process, lock, network): the call then runs on a worker
  /// with a copy of the message, and the session's next message waits for it. False runs it on the event loop.
  virtual bool may_block(const Message& /*message*/) const { return false; }

  /// A handler of its own for a new session, for handlers that keep state in a conversation; null means that this
  /// object serves it. A UDP session is one datagram.
  virtual std::unique_ptr<Handler> for_session() { return nullptr; }
};

}  // namespace netkit
