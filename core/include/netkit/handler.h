#pragma once

#include <cstddef>
#include <memory>

#include "netkit/message.h"
#include "netkit/responder.h"

namespace netkit {

/// Bounds on those calls of a handler that may block.
struct CallBounds {
  std::size_t at_once = 0;  ///< 0: as many as the server has workers.
  std::size_t waiting = 0;  ///< How many more may wait for their turn, if at_once is not 0. They occupy no worker.
};

/// Answers messages. One object serves all the sessions of a listener, on several threads at once, unless
/// for_session() gives each its own. It lives until the last session of its listener has ended.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Answers one message. Calls for one session never overlap and come in the order of the messages. An exception ends
  /// this call: what it sent before stays sent, the session is closed, and the server logs and counts it.
  virtual void on_message(const Message& message, Responder& responder) = 0;

  /// True if answering `message` may wait for anything (disk, process, lock, network): the call then runs on a worker
  /// with a copy of the message, and the session's next message waits for it. False runs it on the event loop:
  /// on_message() follows on this thread at once, with the same message.
  virtual bool may_block(const Message& /*message*/) const { return false; }

  /// Asked once, when the handler has been made; holds for all sessions of its listener together.
  virtual CallBounds call_bounds() const { return {}; }

  /// Answers, in the place of on_message(), a message whose call would be over the bounds. On the event loop: it must
  /// not wait. The server logs and counts it.
  virtual void on_overload(const Message& /*message*/, Responder& responder) { responder.close(); }

  /// A handler of its own for a new session, for handlers that keep state in a conversation; null means that this
  /// object serves it. A UDP session is one datagram.
  virtual std::unique_ptr<Handler> for_session() { return nullptr; }
};

}  // namespace netkit
