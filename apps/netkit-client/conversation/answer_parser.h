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

/// What one look at the bytes that have arrived came to.
struct Progress {
  std::size_t consumed = 0;    ///< Bytes from the front that are done with. 0: more are needed.
  bool ended = false;          ///< An answer ended with these bytes.
  std::uint64_t expected = 0;  ///< Size on the wire of the answer that is not complete yet, 0 if that is not known.
  Outcome failure{};           ///< The bytes are no answer of this framing, or the sink wants none of it.
  std::string_view reply{};    ///< What the framing itself answers, such as a pong. Lasts until the parser's next call.
  bool last = false;           ///< The server sends nothing more.
};

/// Cuts the bytes of a server into answers and hands them to a sink, piece by piece where the framing allows it.
class AnswerParser {
 public:
  virtual ~AnswerParser() = default;

  /// Takes at most one answer from the front of `bytes`. If nothing is consumed, the next call gets the same bytes with
  /// more behind them.
  virtual Progress parse(std::string_view bytes, AnswerSink& sink) = 0;

  /// The server has ended its stream behind `rest`, of which nothing was consumed: what that makes of it.
  virtual Progress end(std::string_view /*rest*/, AnswerSink& /*sink*/) { return {}; }

  /// True if a part of an answer has already gone to the sink.
  virtual bool inside_answer() const = 0;
};

/// How the answers of a server are read, and what may be expected of them.
struct AnswerFraming {
  /// A parser for one connection, or for one datagram.
  std::function<std::unique_ptr<AnswerParser>()> parser;
  /// False for raw: a read shows no more than what was there, not where an answer ends.
  bool has_borders = true;
  /// True where an answer, whatever it holds, is exactly one message. In text framings it may be several lines.
  bool one_answer_each = true;
};

/// From the framing chosen for the answers. Bodies of json-header are never held in memory; other framings hold one
/// message of at most their `max`.
AnswerFraming answer_framing(const Choice& choice, PluginLoader& loader);

}  // namespace netkit::client
