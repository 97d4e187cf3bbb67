#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "netkit/conversation.h"
#include "netkit/message.h"
#include "netkit/responder.h"

namespace netkit {

/// Bounds on the calls of a handler.
struct CallBounds {
  /// Of calls that may block, each until it is answered, also by a reply that it keeps; 0: any number, of which as many
  /// run as the server has workers. Those that wait are taken in turn by source: while others wait, no source has more
  /// than half.
  std::size_t at_once = 0;
  std::size_t waiting = 0;  ///< How many more may wait for their turn, if at_once is not 0. They occupy no worker.
  /// How many messages of one conversation may be unanswered at once, where the handler defers its answers. The answers
  /// leave in the order of the messages all the same. A call on a worker begins when all before it are answered.
  std::size_t open = 1;
  /// The handler itself sees that no reply is kept for ever: where timeouts.handler is 0 it may keep one for any time,
  /// and not for 60 s at most.
  bool untimed = false;
};

/// One answer on its way to the framing, as a handler that sees_answers() may change it.
struct Answer {
  std::string_view body{};  ///< May be pointed elsewhere, to bytes that last until on_answer()'s next call.
  const Attributes* attributes = nullptr;  ///< Never null; likewise.
  bool streamed = false;                   ///< The body is read from a source: `body` is empty and stays so.
};

/// Why a conversation ended.
struct Ending {
  std::string_view reason;  ///< One of those in docs/config.md, such as `peer-closed`.
  std::string_view detail;  ///< More, if there is more to say.
};

/// Answers messages. One object serves all the conversations of a listener, on several threads at once, unless
/// for_conversation() gives each its own. It lives until the last conversation of its listener has ended.
///
/// Threads, in one sentence: what is handed to you by reference is yours on that thread until the call returns; what
/// you may keep (Conversation, Reply, Timer, Group, Upstream) works on any thread, and whatever it runs for a
/// conversation never overlaps another call for that conversation.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Answers one message. Calls for one conversation never overlap and come in the order of the messages. An exception
  /// ends this call: what it sent before stays sent, the conversation is closed, and the server logs and counts it.
  virtual void on_message(const Message& message, Responder& responder) = 0;

  /// True if answering `message` may wait for anything (disk, process, lock, network): the call then runs on a worker
  /// with a copy of the message, and the conversation's next message waits for it. False runs it on the event loop:
  /// on_message() follows on this thread at once, with the same message.
  virtual bool may_block(const Message& /*message*/) const { return false; }

  /// Asked once, when the handler has been made; holds for all conversations of its listener together.
  virtual CallBounds call_bounds() const { return {}; }

  /// Answers, in the place of on_message(), a message whose call would be over the bounds. On the event loop: it must
  /// not wait. The server logs and counts it.
  virtual void on_overload(const Message& /*message*/, Responder& responder) { responder.close(); }

  /// A handler of its own for a new conversation, for handlers that keep state in one; null means that this object
  /// serves it. Over UDP without `udp_sessions` a conversation is one datagram.
  virtual std::unique_ptr<Handler> for_conversation() { return nullptr; }

  /// True if the three functions below are to be called. Asked once, of the object that serves the conversation.
  virtual bool sees_events() const { return false; }
  /// The conversation has begun; nothing was received yet. What is sent here leaves before any answer. On the loop.
  virtual void on_open(const Conversation& /*conversation*/) {}
  /// The peer sends nothing more, but may still read. False ends the conversation once all answers have left; true
  /// keeps it open until the handler closes it. On the loop, behind the last on_message().
  virtual bool on_peer_end(const Conversation& /*conversation*/) { return false; }
  /// The conversation has ended: the last call for it. On the loop.
  virtual void on_close(const Conversation& /*conversation*/, const Ending& /*ending*/) {}

  /// True if on_answer() is to be called. Asked once, of the object that serves the conversation.
  virtual bool sees_answers() const { return false; }
  /// Sees each answer of this conversation before it is framed, late and unasked ones too, in the order they leave in,
  /// and may change it.
  virtual void on_answer(Answer& /*answer*/) {}
};

}  // namespace netkit
