// clang-format off
//
//   | text ... | \r, optional | \n |
//
//   68 65 6c 6c 6f 0d 0a        ->  "hello"
//   "hello"                     ->  68 65 6c 6c 6f 0a
//
// clang-format on

#include <algorithm>
#include <cstring>

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class LineDecoder final : public FramingDecoder {
 public:
  explicit LineDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    const std::size_t window = std::min(bytes.size(), largest_frame());
    const void* newline = std::memchr(bytes.data() + scanned_, '\n', window - scanned_);
    if (newline == nullptr) [[unlikely]] {
      if (bytes.size() >= largest_frame()) return refused(too_long());
      scanned_ = bytes.size();
      return need_more();
    }
    scanned_ = 0;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
    const std::size_t length = end > 0 && bytes[end - 1] == '\r' ? end - 1 : end;
    if (length > max_) [[unlikely]]
      return refused(too_long());
    return complete(end + 1, {bytes.data(), length});
  }

 private:
  static constexpr std::size_t kLongestEnding = 2;

  std::size_t largest_frame() const { return max_ + kLongestEnding; }
  [[gnu::cold, gnu::noinline]] std::string_view too_long() {
    return keep("line of more than the " + std::to_string(max_) + " bytes allowed");
  }

  std::size_t max_;
  std::size_t scanned_ = 0;  ///< No newline within so many bytes at the front.
};

class LineEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> body, Buffer& out) override {
    if (body.empty() || body.back() != '\n') out.append('\n');
  }
  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    const bool ended = !body.empty() && body.back() == '\n';
    const std::size_t size = body.size() + (ended ? 0 : 1);
    if (out.room() < size) [[unlikely]] {
      Encoder::encode(attributes, body, out);
      return;
    }
    char* line = out.grow(size).data();
    line[size - 1] = '\n';
    std::copy(body.begin(), body.end(), line);
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
