#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netkit/plugin.h"

namespace netkit::fuzz {

/// What a framing promises of the way its bytes were split.
enum class Kind : std::uint8_t {
  framed,   ///< The messages do not depend on it, and a body of any bytes comes back.
  scanned,  ///< Likewise, but a body cannot hold what ends it.
  pieces,   ///< A piece is a message.
  packets,  ///< What comes at once is one message; there is no split.
};

/// One framing with one set of options.
struct CodecSetup {
  std::function<Codec()> codec;
  Kind kind = Kind::framed;
  std::uint64_t max = 0;          ///< The largest message that the decoder takes.
  std::uint64_t only_size = 0;    ///< Not 0: the encoder takes bodies of this size alone.
  std::string endings{};          ///< scanned: a body with none of these bytes can be carried.
  bool keeps_ending = false;      ///< scanned: messages come with it.
  bool writes_into_body = false;  ///< The encoder overwrites a part of the body.
  bool end_reads_body = false;    ///< What follows a body depends on it: a streamed one differs.
};

/// The sets of options of one framing by number, each made when it is first asked for: that costs far more than to
/// decode with it.
class CodecSetups {
 public:
  /// Ends the process with a message if no framing has that name.
  explicit CodecSetups(const std::string& framing);

  /// Null if the framing refuses these options.
  const CodecSetup* find(std::uint16_t number);

 private:
  struct Slot {
    bool made = false;
    std::unique_ptr<const CodecSetup> setup;
  };

  std::function<Codec()> codec_maker(const Options& options) const;
  std::unique_ptr<const CodecSetup> make(std::uint16_t number) const;

  FramingType type_;
  std::vector<Slot> slots_;
};

}  // namespace netkit::fuzz
