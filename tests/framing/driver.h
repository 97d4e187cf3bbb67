#pragma once

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/plugin.h"

namespace netkit::testing {

/// Options as a config would write them, e.g. {{"bytes", "2"}, {"endian", "little"}}.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// One framing with one set of options, defaults filled in as the config reader does it.
class Framing {
 public:
  /// `name` is that of a built-in framing. Throws OptionError as the framing does.
  explicit Framing(const std::string& name, const Settings& settings = {});

  std::unique_ptr<Decoder> decoder() const { return decoder_(); }
  std::unique_ptr<Encoder> encoder() const { return encoder_(); }
  const Options& options() const { return options_; }

  /// What the encoder puts on the wire for a body that is in memory.
  std::string encode(std::string_view body, const Header& header = {}) const;
  /// Likewise for a body that is streamed past the buffer.
  std::string encode_streamed(std::string_view body, const Header& header = {}) const;
  /// What the encoder's refusal says, or "" if it takes the body.
  std::string refusal(std::uint64_t size, const Header& header = {}) const;

 private:
  Options options_;
  std::function<std::unique_ptr<Decoder>()> decoder_;
  std::function<std::unique_ptr<Encoder>()> encoder_;
};

/// The line that a framing refuses these settings with, as "option: text"; "" if it takes them.
std::string option_error(const std::string& name, const Settings& settings);

/// What a decoder made of a stream of bytes.
struct Decoding {
  std::vector<std::pair<std::string, std::string>> messages;  ///< header, body
  std::string reason;                                         ///< Why it ended; "" if it did not.
  std::string rest;                                           ///< Bytes not taken.

  bool operator==(const Decoding&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Decoding& decoding);

/// The decoding of good bytes: messages without header, and what is left.
Decoding bodies(const std::vector<std::string>& messages, const std::string& rest = "");

/// Decodes as a session does: each piece is put behind what is left, then messages are taken until more is needed.
/// The bytes are handed over in memory of exactly their size, so that a sanitizer sees a read behind them.
Decoding decode_pieces(Decoder& decoder, const std::vector<std::string_view>& pieces);

/// One call of decode() with a new decoder.
struct Step {
  Decoded::Status status;
  std::size_t size;
  std::string body;
  std::string header;
  std::string reason;
};
Step decode_once(const Framing& framing, std::string_view bytes);

}  // namespace netkit::testing
