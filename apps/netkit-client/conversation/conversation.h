#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netkit-client/connection/channel.h"
#include "netkit-client/input/interrupt.h"

namespace netkit::client {

/// Asks a server and waits for what it says, but never longer without a byte from it than the silence it was given. It
/// reads while it sends, so a server that does both never blocks it. A signal that comes meanwhile resets the
/// connection, so that the server abandons its work for this client.
class Conversation {
 public:
  /// `peer` is the server's name in messages; a `silence` of 0 waits for ever.
  Conversation(const ChannelParts& parts, std::string peer, std::chrono::nanoseconds silence);

  /// Sends one message, waits for the answer to it and takes what else has arrived by then.
  Outcome ask(std::string_view message);

  /// After ask(): nothing more will be asked. Where an answer may have more parts than could be told, ends this side
  /// and takes what still comes until the server ends its own or is silent for a moment.
  Outcome finish();

  /// Puts one message behind those that wait to be sent; sends once there are enough of them.
  Outcome queue(std::string_view message);

  /// Sends what is queued, without waiting for answers but taking those that arrive.
  Outcome send_queued();

  /// After queue(): sends what is left, ends this side and waits for the answers to all the messages.
  Outcome collect();

  /// False once the connection is of no more use, after a failure or because the server closed it.
  bool usable() const { return usable_ && !channel_.closed(); }

 private:
  using Silence = std::optional<std::chrono::nanoseconds>;  // none: for ever
  using Condition = std::function<bool()>;
  enum class Ready : std::uint8_t { now, silent, interrupted };

  /// Moves bytes both ways until `enough`, or until the server was silent for so long that `on_silence` decides. That
  /// the server closes is a failure unless it makes it enough.
  Outcome pump(const Condition& enough, Silence silence, const std::function<Outcome()>& on_silence);
  Outcome await(const Condition& enough);
  Outcome take_arrived();
  Ready wait(const InterruptScope& interrupts, Silence silence) const;

  Failure given_up(Failure failure);
  Failure silent() const;
  Failure incomplete() const;
  Failure closed() const;

  Channel channel_;
  const AnswerFraming& answers_;
  const std::string peer_;
  const Silence silence_;
  bool usable_ = true;
  bool finished_ = false;
};

}  // namespace netkit::client
