#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netkit-client/connection/connection.h"
#include "netkit-client/conversation/client_framing.h"
#include "netkit-client/output/trace.h"
#include "netkit/buffer.h"

namespace netkit::client {

/// The parts of a channel. They must outlive it.
struct MessageChannelParts {
  Connection& connection;
  const ClientFraming& framing;
  AnswerSink& sink;
  Trace* trace = nullptr;  ///< Null: no trace.
};

/// Sends messages and receives answers over one connection. Never blocks; the caller polls descriptor().
class MessageChannel {
 public:
  explicit MessageChannel(const MessageChannelParts& parts);

  /// Queues a message. Fails if the framing cannot carry it.
  Outcome enqueue(std::string_view message);

  /// Sends as much as the system accepts. If the server has stopped reading, drops the rest; its answers can still be
  /// received.
  Outcome send_some();

  /// Receives once and passes complete answers, or parts of them, to the sink.
  Outcome receive_some();

  void finish_sending();
  void reset() { parts_.connection.reset(); }

  int descriptor() const { return parts_.connection.descriptor(); }
  bool datagrams() const { return parts_.connection.datagrams(); }
  std::size_t unsent() const { return unsent_; }
  bool sending() const { return !outgoing_.empty() || parts_.connection.holds_unsent(); }
  /// True if receive_some() can make result that poll(2) does not show.
  bool holds_received() const { return parts_.connection.holds_received(); }
  bool closed() const { return closed_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t answers() const { return answers_; }

  /// True if a part of the current answer has already been passed on.
  bool inside_answer() const { return codec_.parser->inside_answer(); }

  /// Describes the received part of an incomplete answer for the user: "3 of 12 bytes". Empty if there is none.
  std::string unfinished() const;

 private:
  Trace* tracing();  // where a line can be written now; null: no trace
  Buffer& next_packet();
  void note_sent(std::size_t count);
  Outcome parse_stream();
  Outcome parse_datagram();
  void forget_answer();
  Outcome take(const ParseResult& result);
  Outcome take_end();
  void reply(std::string_view bytes);

  MessageChannelParts parts_;
  ClientCodec codec_;
  std::deque<Buffer> outgoing_;
  std::size_t unsent_ = 0;
  Buffer incoming_;
  std::vector<char> read_buffer_;
  std::uint64_t frame_done_ = 0;  // consumed bytes of the current answer
  std::uint64_t expected_ = 0;    // size of the current answer on the wire, 0: unknown
  std::uint64_t messages_ = 0;
  std::uint64_t answers_ = 0;
  bool closed_ = false;
};

}  // namespace netkit::client
