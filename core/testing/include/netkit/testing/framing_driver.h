#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/plugin.h"
#include "netkit/testing/test_message.h"
#include "netkit/testing/types.h"

namespace netkit::testing {

/// One framing with one set of options, defaults filled in as the config reader does it.
class TestedFraming {
 public:
  /// Throws OptionError as the framing does, std::invalid_argument for an option that it has not.
  explicit TestedFraming(const FramingType& type, const Settings& settings = {});

  /// A codec for one conversation.
  Codec codec() const { return make_(); }
  /// The reading half of one.
  std::unique_ptr<Decoder> decoder() const { return make_().decoder; }
  /// The writing half of one.
  std::unique_ptr<Encoder> encoder() const { return make_().encoder; }
  /// With all defaults.
  const Options& options() const { return options_; }

  /// What the encoder puts on the wire for a body that is in memory.
  std::string encode(std::string_view body, const Attributes& attributes = {}) const;
  /// Likewise for a body that is streamed past the buffer in these pieces, while another message is framed.
  std::string encode_streamed(const std::vector<std::string_view>& pieces, const Attributes& attributes = {}) const;
  /// What begin() says when it refuses a body of that size, or "" if it takes it.
  std::string refusal(std::uint64_t size, const Attributes& attributes = {}) const;

 private:
  Options options_;
  std::function<Codec()> make_;
};

/// What a decoder made of a stream of bytes.
struct Decoding {
  std::vector<TestMessage> messages{};  ///< In order.
  std::string reason{};                 ///< Why it ended; "" if it did not.
  std::string rest{};                   ///< Bytes not taken.
  std::string replies{};                ///< What the framing itself answers, all of it.
  bool last = false;                    ///< The peer has said that it sends nothing more.

  bool operator==(const Decoding&) const = default;
};
/// As text, for the failures of tests.
std::ostream& operator<<(std::ostream& out, const Decoding& decoding);

/// The decoding of good bytes: messages without attributes, and what is left.
Decoding bodies(const std::vector<std::string>& messages, const std::string& rest = "");

/// Decodes as a conversation does: each piece is put behind what is left, then messages are taken until more is needed.
/// The bytes are handed over in memory of exactly their size, so that a sanitizer sees a read behind them. Throws
/// std::logic_error if the decoder takes nothing, or more than there is.
Decoding decode_pieces(Decoder& decoder, const std::vector<std::string_view>& pieces);

/// Likewise, and then the peer ends its stream.
Decoding decode_to_end(Decoder& decoder, const std::vector<std::string_view>& pieces);

/// What one call of decode() returned: the members of Decoded and of its message, copied.
struct Step {
  /// As there.
  /// @{
  Decoded::Status status;
  std::size_t size;
  std::string body;
  Attributes attributes;
  std::string reason;
  std::string reply;
  /// @}
};
/// Makes that call with a new decoder.
Step decode_once(const TestedFraming& framing, std::string_view bytes);

}  // namespace netkit::testing
