// clang-format off
//
//   | the whole datagram |          also an empty one
//
//   68 65 6c 6c 6f              ->  "hello"
//
// clang-format on

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class DatagramDecoder final : public FramingDecoder {
 public:
  explicit DatagramDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.size() > max_) {
      return malformed("datagram of " + std::to_string(bytes.size()) + " bytes, at most " + std::to_string(max_) +
                       " are allowed");
    }
    return complete(bytes.size(), bytes);
  }

 private:
  std::size_t max_;
};

}  // namespace

FramingType datagram_framing() {
  return {.name = "datagram",
          .help = "one datagram is one message",
          .options = {},
          .needs_datagrams = true,
          .decoder = [](const Options& options) { return make_each<DatagramDecoder>(options.size("max")); },
          .encoder = [](const Options&) { return make_each<PlainEncoder>(); }};
}

}  // namespace netkit
