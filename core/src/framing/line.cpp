// clang-format off
//
//   | text ... | \r, optional | \n |
//
//   68 65 6c 6c 6f 0d 0a        ->  "hello"
//   "hello"                     ->  68 65 6c 6c 6f 0a
//
// clang-format on

#include <algorithm>

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class LineDecoder final : public FramingDecoder {
 public:
  explicit LineDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    const std::size_t window = std::min(bytes.size(), max_ + kLongestEnding);
    const std::size_t end = bytes.substr(0, window).find('\n', scanned_);
    if (end == std::string_view::npos) {
      if (window == max_ + kLongestEnding) return too_long();
      scanned_ = window;
      return need_more();
    }
    scanned_ = 0;
    const std::size_t length = end > 0 && bytes[end - 1] == '\r' ? end - 1 : end;
    if (length > max_) return too_long();
    return complete(end + 1, bytes.substr(0, length));
  }

 private:
  static constexpr std::size_t kLongestEnding = 2;

  Decoded too_long() { return malformed("line of more than the " + std::to_string(max_) + " bytes allowed"); }

  std::size_t max_;
  std::size_t scanned_ = 0;  ///< Bytes at the front that hold no newline.
};

class LineEncoder final : public Encoder {
 public:
  void begin(const Header& /*header*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> body, Buffer& out) override {
    if (body.empty() || body.back() != '\n') out.append('\n');
  }
};

}  // namespace

FramingType line_framing() {
  return {.name = "line",
          .help = "text to the end of the line",
          .options = {},
          .decoder = [](const Options& options) { return make_each<LineDecoder>(options.size("max")); },
          .encoder = [](const Options&) { return make_each<LineEncoder>(); }};
}

}  // namespace netkit
