#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netkit-client/connection/message_channel.h"
#include "netkit-client/conversation/interrupt.h"

namespace netkit::client {

/// Sends messages to a server and waits for the answers, until the server has been silent for a given time. Sends and
/// receives at the same time, so it cannot deadlock with a server that does too. A signal that arrives meanwhile resets
/// the connection, so that the server abandons its work for this client.
class Conversation {
 public:
  /// `peer` is the server's name for messages; a `silence` of 0 means no limit.
  Conversation(const MessageChannelParts& parts, std::string peer, std::chrono::nanoseconds silence);

  /// Sends one message, waits for its answer and takes everything else that has arrived by then.
  Outcome ask(std::string_view message);

  /// Takes what the server has sent unasked by now. Does not wait. The end of the connection is no failure.
  Outcome take_unasked();

  /// Ends the conversation after ask(). If an answer may have more parts, ends this side and receives until the server
  /// ends its side or is silent for a moment.
  Outcome finish();

  /// Queues one message; sends when enough are queued.
  Outcome queue(std::string_view message);

  /// Sends the queued messages without waiting for answers, but takes those that arrive.
  Outcome send_queued();

  /// After queue(): sends the rest, ends this side and waits for all answers.
  Outcome collect();

  /// Readable when take_unasked() has something to take.
  int descriptor() const { return channel_.descriptor(); }

  /// Says that the server has closed the connection, and what is missing.
  std::string end_text() const;

  /// False after a failure or after the server closed the connection.
  bool usable() const { return usable_ && !channel_.closed(); }

 private:
  using Silence = std::optional<std::chrono::nanoseconds>;  // nothing: no limit
  using Condition = std::function<bool()>;
  enum class Ready : std::uint8_t { now, silent, interrupted };

  /// Sends and receives until `enough` is true; calls `on_silence` after the silence. If the server closes before
  /// `enough`, that is a failure.
  Outcome pump(const Condition& enough, Silence silence, const std::function<Outcome()>& on_silence);
  Outcome await(const Condition& enough);
  Outcome take_arrived();
  Ready wait(const InterruptScope& interrupts, Silence silence) const;

  Failure given_up(Failure failure);
  Failure silent() const;
  Failure incomplete() const;
  Failure closed() const;

  MessageChannel channel_;
  const ClientFraming& framing_;
  const std::string peer_;
  const Silence silence_;
  bool usable_ = true;
  bool finished_ = false;
};

}  // namespace netkit::client
