// clang-format off
//
//   | length, base 128, low 7 bits first, top bit: more follow (1..10 bytes) | body |
//
//   05 68 65 6c 6c 6f           ->  "hello"
//   ac 02 ...                   ->  a body of 300 bytes
//
// clang-format on

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

constexpr std::size_t kLongestVarint = 10;  // 64 bits, 7 in each byte
constexpr std::uint8_t kMoreFollow = 0x80;

class VarintDecoder final : public FramingDecoder {
 public:
  explicit VarintDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes[i]);
      const bool last = (byte & kMoreFollow) == 0;
      if (i == kLongestVarint - 1 && byte > 1) return malformed("length is a varint of more than 64 bits");
      length |= std::uint64_t{byte & 0x7fu} << (7 * i);
      if (length > max_) return malformed("length is more than the " + std::to_string(max_) + " bytes allowed");
      if (last) return body_behind(bytes, i + 1, length);
    }
    return need_more();
  }

 private:
  static Decoded body_behind(std::string_view bytes, std::size_t prefix, std::size_t length) {
    const std::size_t total = prefix + length;
    return bytes.size() < total ? need_more(total) : complete(total, bytes.substr(prefix, length));
  }

  std::size_t max_;
};

class VarintEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    for (; size >= kMoreFollow; size >>= 7) out.append(static_cast<char>(size | kMoreFollow));
    out.append(static_cast<char>(size));
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }
};

}  // namespace

FramingType varint_framing() {
  return {.name = "varint",
          .help = "a protobuf varint length, then the body",
          .options = {},
          .decoder = [](const Options& options) { return make_each<VarintDecoder>(options.size("max")); },
          .encoder = [](const Options&) { return make_each<VarintEncoder>(); }};
}

}  // namespace netkit
