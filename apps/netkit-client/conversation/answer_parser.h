#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "netkit-client/conversation/answer_sink.h"
#include "netkit/codec.h"
#include "netkit/options.h"

namespace netkit::client {

/// What one look at the bytes that have arrived came to.
struct ParseResult {
  std::size_t consumed = 0;    ///< Bytes from the front that are done with. 0: more are needed.
  bool ended = false;          ///< An answer ended with these bytes.
  std::uint64_t expected = 0;  ///< Size on the wire of the answer that is not complete yet, 0 if that is not known.
  Outcome failure{};           ///< The bytes are no answer of this framing, or the sink wants none of it.
  std::string_view reply{};    ///< What the framing itself answers, such as a pong. Lasts until the parser's next call.
  bool last = false;           ///< The server sends nothing more.
};

/// Splits a server's byte stream into answers and passes them to a sink, in pieces where the framing allows it.
class AnswerParser {
 public:
  virtual ~AnswerParser() = default;

  /// Consumes at most one answer from the front of `bytes`. If it consumes nothing, the next call gets the same bytes
  /// and more.
  virtual ParseResult parse(std::string_view bytes, AnswerSink& sink) = 0;

  /// The server has ended its stream behind `rest`, of which nothing was consumed: what that makes of it.
  virtual ParseResult end(std::string_view /*rest*/, AnswerSink& /*sink*/) { return {}; }

  /// True if a part of an answer has already gone to the sink.
  virtual bool inside_answer() const = 0;
};

/// Holds one answer in memory, at most the decoder's `max`.
std::unique_ptr<AnswerParser> whole_answers(std::unique_ptr<Decoder> decoder);

/// For json-header, from the options of that framing: passes bodies of any size on as they arrive.
std::unique_ptr<AnswerParser> streamed_answers(const Options& options);

}  // namespace netkit::client
