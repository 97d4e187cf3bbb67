#pragma once

#include <functional>
#include <memory>

#include "config/model/config.h"
#include "netkit-client/conversation/answer_parser.h"
#include "netkit/codec.h"
#include "plugin/loader.h"

namespace netkit::client {

/// The two halves of the framing of one conversation. They may share state.
struct ClientCodec {
  std::unique_ptr<Encoder> encoder;
  std::unique_ptr<AnswerParser> parser;
};

/// How to write messages and to parse the answers, and what to expect of these.
struct ClientFraming {
  /// Makes the codec of one conversation.
  std::function<ClientCodec()> make;
  /// False for raw: a read returns what has arrived and does not show where an answer ends.
  bool has_borders = true;
  /// True if every answer is exactly one message. In text framings it may be several lines.
  bool one_answer_each = true;
};

/// For the framings of the messages and of the answers. Bodies of json-header are streamed; other framings hold one
/// answer in memory, at most their `max`. `loader` must outlive what is made.
ClientFraming client_framing(const Choice& send, const Choice& receive, PluginLoader& loader);

}  // namespace netkit::client
