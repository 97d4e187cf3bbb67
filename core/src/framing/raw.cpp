// clang-format off
//
//   | what one read returned |      at most `read` bytes a message
//
//   68 65 6c 6c 6f              ->  "hello"
//
// clang-format on

#include <algorithm>

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class RawDecoder final : public Decoder {
 public:
  explicit RawDecoder(std::size_t largest) : largest_(largest) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.empty()) return need_more();
    const std::string_view body = bytes.substr(0, largest_);
    return complete(body.size(), body);
  }

 private:
  std::size_t largest_;
};

std::size_t largest_message(const Options& options) { return std::min(options.size("read"), options.size("max")); }

}  // namespace

FramingType raw_framing() {
  return {.name = "raw",
          .help = "whatever one read returns is a message",
          .options = {{.name = "read",
                       .type = OptionType::size,
                       .fallback = "64KiB",
                       .help = "most bytes that make one message",
                       .least = 1}},
          .decoder = [](const Options& options) { return make_each<RawDecoder>(largest_message(options)); },
          .encoder = [](const Options&) { return make_each<PlainEncoder>(); }};
}

}  // namespace netkit
