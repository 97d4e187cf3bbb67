#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/conversation.h"
#include "netkit/framing.h"
#include "netkit/testing/test_message.h"

namespace netkit::testing {

class ConversationState;

/// A conversation as its peer sees it. Copies are handles of the same; it must not outlive its TestServer. The test's
/// thread.
class TestConversation {
 public:
  /// Made by TestServer::connect().
  explicit TestConversation(std::shared_ptr<ConversationState> state) : state_(std::move(state)) {}

  /// Sends one message to the handler. What the handler answers at once is there when this returns.
  void say(std::string_view body, const Attributes& attributes = kNoAttributes);
  /// Sends bytes as they are. Needs ServerSetup::framing.
  void say_bytes(std::string_view bytes);

  /// True if a message from the handler is there. For unasked ones: server.wait_until([&] { return peer.has_message();
  /// }).
  bool has_message();
  /// The next message from the handler: an answer or one unasked, streamed bodies read to their end. Waits for other
  /// threads while a message is unanswered. Throws TestFailure, what() saying how the conversation ended, if none
  /// comes.
  TestMessage receive();
  /// The body of the same.
  std::string receive_body() { return receive().body; }
  /// The bodies of all messages that are there now.
  std::vector<std::string> receive_all();
  /// All the bytes that are there now and that receive() has not taken.
  std::string receive_bytes();

  /// The peer sends nothing more, but still reads.
  void end();
  /// The connection is gone: `peer-reset`.
  void reset();
  /// What the peer has not read waits for it in the server, up to ServerSetup::output_limit, until it reads again.
  void stop_reading();
  /// It reads again.
  void go_on_reading();
  /// What the peer tells of itself when the handler starts TLS, for Peer; before that. Its handshake always succeeds.
  void set_tls_identity(std::string certificate, std::string server_name = {});
  /// The handler has started TLS and all that it had answered in clear has left.
  bool tls_started() const;
  /// The peer speaks another framing from now on, as the handler does after use_framing().
  void use_framing(const Framing& framing);

  /// False once the conversation has ended.
  bool open() const;
  /// Why it ended, as logs have it: `handler-closed`, `handler-failed`, ...; empty while it is open.
  std::string close_reason() const;
  /// More of it, such as the text of an exception that the handler threw.
  std::string close_detail() const;
  /// True while a message is unanswered, on another thread or by a reply that is kept.
  bool unanswered() const;
  /// The handler has paused it.
  bool paused() const;

  /// The handle that the handler may have of it too.
  Conversation handle() const;

 private:
  std::shared_ptr<ConversationState> state_;
};

}  // namespace netkit::testing
