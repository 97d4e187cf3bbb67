#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "netkit-client/conversation/answer_sink.h"
#include "plugin/loader.h"

namespace netkit::client {

/// The result of parsing the received bytes once.
struct ParseResult {
  std::size_t consumed = 0;    ///< Bytes to remove from the front. 0: more are needed.
  bool ended = false;          ///< The end of an answer was consumed.
  std::uint64_t expected = 0;  ///< Size of the incomplete answer on the wire, 0 if not known.
  Outcome failure{};           ///< The bytes are malformed, or the sink rejected the answer.
};

/// Splits a server's byte stream into answers and passes them to a sink, in pieces where the framing allows it.
class AnswerParser {
 public:
  virtual ~AnswerParser() = default;

  /// Consumes at most one answer from the front of `bytes`. If it consumes nothing, the next call gets the same bytes
  /// and more.
  virtual ParseResult parse(std::string_view bytes, AnswerSink& sink) = 0;

  /// True if a part of an answer has already been passed to the sink.
  virtual bool inside_answer() const = 0;
};

/// How to parse the answers of a server, and what to expect of them.
struct AnswerFraming {
  /// Makes the parser of one connection, or of one datagram.
  std::function<std::unique_ptr<AnswerParser>()> parser;
  /// False for raw: a read returns what has arrived and does not show where an answer ends.
  bool has_borders = true;
  /// True if every answer is exactly one message. In text framings it may be several lines.
  bool one_answer_each = true;
};

/// For the framing chosen for answers. Bodies of json-header are streamed; other framings hold one message in memory,
/// at most their `max`.
AnswerFraming answer_framing(const Choice& choice, PluginLoader& loader);

}  // namespace netkit::client
