#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netkit-client/connection/connection.h"
#include "netkit-client/conversation/answer_parser.h"
#include "netkit-client/output/trace.h"
#include "netkit/buffer.h"
#include "netkit/codec.h"

namespace netkit::client {

/// What a channel is made of. All of it outlives the channel.
struct ChannelParts {
  Connection& connection;
  Encoder& encoder;
  const AnswerFraming& answers;
  AnswerSink& sink;
  Trace* trace = nullptr;  ///< Null: no trace.
};

/// Messages out, answers in, over one connection. Never waits; who does looks at descriptor().
class Channel {
 public:
  explicit Channel(const ChannelParts& parts);

  /// Puts a message behind those to be sent. Fails if the framing cannot carry it.
  Outcome enqueue(std::string_view message);

  /// Sends what the system takes now. If the server takes no more, the rest is dropped: what it has to say about that
  /// can still be read.
  Outcome send_some();

  /// Reads once what is there and hands complete answers, or pieces of them, to the sink.
  Outcome receive_some();

  void finish_sending();
  void reset() { parts_.connection.reset(); }

  int descriptor() const { return parts_.connection.descriptor(); }
  bool datagrams() const { return parts_.connection.datagrams(); }
  std::size_t unsent() const { return unsent_; }
  bool sending() const { return !outgoing_.empty() || parts_.connection.holds_unsent(); }
  /// receive_some() has something to do that no poll will announce.
  bool holds_received() const { return parts_.connection.holds_received(); }
  bool closed() const { return closed_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t answers() const { return answers_; }

  /// True if a part of an answer was already shown, so that the rest must follow.
  bool inside_answer() const { return parser_->inside_answer(); }

  /// How much of an unfinished answer has come, for the user: "3 of 12 bytes". Empty if there is none.
  std::string unfinished() const;

 private:
  Buffer& next_packet();
  void note_sent(std::size_t count);
  Outcome parse_stream();
  Outcome parse_datagram();
  void forget_datagram();
  Outcome take(const Progress& progress);
  Outcome take_end();
  void reply(std::string_view bytes);

  ChannelParts parts_;
  std::unique_ptr<AnswerParser> parser_;
  std::deque<Buffer> outgoing_;
  std::size_t unsent_ = 0;
  Buffer incoming_;
  std::vector<char> read_buffer_;
  std::uint64_t frame_done_ = 0;  // bytes consumed of the answer that is being read
  std::uint64_t expected_ = 0;    // its size on the wire, 0: unknown
  std::uint64_t messages_ = 0;
  std::uint64_t answers_ = 0;
  bool closed_ = false;
};

}  // namespace netkit::client
