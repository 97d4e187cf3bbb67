// clang-format off
//
//   | bytes ... | one of the delimiters |
//
//   61 3b 62 0d 0a              ->  "a" "b"              (delimiters ";" and "\r\n")
//   "a"                         ->  61 3b
//
// The delimiter that completes first ends the message; the longest one, if several complete at the same byte. The bytes
// that follow play no part in this, so the result does not depend on how the stream was split.
//
// clang-format on

#include <algorithm>
#include <memory>

#include "framing/builtin.h"
#include "framing/codec_support.h"
#include "framing/delimiter_set.h"

namespace netkit {
namespace {

struct DelimiterLayout {
  std::shared_ptr<const DelimiterSet> delimiters;  // one for all sessions of a listener
  std::size_t max;
  bool keep;
};

class DelimiterDecoder final : public FramingDecoder {
 public:
  explicit DelimiterDecoder(const DelimiterLayout& layout) : layout_(layout) {}

  Decoded decode(std::string_view bytes) override {
    const std::size_t window = std::min(bytes.size(), largest_frame());
    const DelimiterSet::Match match = layout_.delimiters->find(bytes.substr(0, window), scanned_);
    if (match.size == 0) {
      if (window == largest_frame()) return too_long();
      scanned_ = window;
      return need_more();
    }
    scanned_ = 0;
    const std::size_t length = layout_.keep ? match.end : match.end - match.size;
    if (length > layout_.max) return too_long();
    return complete(match.end, bytes.substr(0, length));
  }

 private:
  std::size_t largest_frame() const { return layout_.keep ? layout_.max : layout_.max + layout_.delimiters->longest(); }

  Decoded too_long() {
    return malformed("no delimiter within the " + std::to_string(layout_.max) + " bytes a message may have");
  }

  DelimiterLayout layout_;
  std::size_t scanned_ = 0;  ///< No delimiter ends within so many bytes at the front.
};

class DelimiterEncoder final : public Encoder {
 public:
  explicit DelimiterEncoder(const DelimiterLayout& layout) : layout_(layout) {}

  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> body, Buffer& out) override {
    const std::string_view text(body.data(), body.size());
    if (layout_.delimiters->size_at_end_of(text) == 0) out.append(layout_.delimiters->first());
  }

 private:
  DelimiterLayout layout_;
};

DelimiterLayout read_layout(const Options& options) {
  DelimiterLayout layout{.delimiters = std::make_shared<DelimiterSet>(options.texts("delimiters")),
                         .max = options.size("max"),
                         .keep = options.flag("keep")};
  if (layout.keep && layout.max < layout.delimiters->shortest()) {
    throw OptionError("max", "max is " + std::to_string(layout.max) + ", less than the shortest delimiter (" +
                                 std::to_string(layout.delimiters->shortest()) + " bytes), which keep counts");
  }
  return layout;
}

}  // namespace

FramingType delimiter_framing() {
  return {.name = "delimiter",
          .help = "bytes to one of the delimiters",
          .options = {{.name = "delimiters",
                       .type = OptionType::texts,
                       .help = "byte strings that end a message; \\n \\r \\t \\0 \\xHH \\\\ stand for bytes; the first "
                               "one ends answers",
                       .required = true},
                      {.name = "keep",
                       .type = OptionType::flag,
                       .fallback = "false",
                       .help = "leave the delimiter at the end of the message"}},
          .decoder = [](const Options& options) { return make_each<DelimiterDecoder>(read_layout(options)); },
          .encoder = [](const Options& options) { return make_each<DelimiterEncoder>(read_layout(options)); }};
}

}  // namespace netkit
