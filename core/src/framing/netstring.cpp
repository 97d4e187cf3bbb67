// clang-format off
//
//   | length in decimal digits | ':' | body | ',' |          https://cr.yp.to/proto/netstrings.txt
//
//   35 3a 68 65 6c 6c 6f 2c     ->  "hello"                (5:hello,)
//   30 3a 2c                    ->  ""                     (0:,)
//
// clang-format on

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

std::string hex(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<std::uint8_t>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

class NetstringDecoder final : public FramingDecoder {
 public:
  explicit NetstringDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char byte = bytes[i];
      if (byte == ':' && i > 0) return body_behind(bytes, i + 1, length);
      if (byte < '0' || byte > '9') return malformed("byte " + hex(byte) + " where the length was expected");
      if (i > 0 && length == 0) return malformed("length with a leading zero");
      length = length * 10 + static_cast<std::uint64_t>(byte - '0');
      if (length > max_) return malformed("length is more than the " + std::to_string(max_) + " bytes allowed");
    }
    return need_more();
  }

 private:
  Decoded body_behind(std::string_view bytes, std::size_t prefix, std::size_t length) {
    const std::size_t total = prefix + length + 1;
    if (bytes.size() < total) return need_more(total);
    const char end = bytes[total - 1];
    if (end != ',') return malformed("byte " + hex(end) + " where the comma behind the body was expected");
    return complete(total, bytes.substr(prefix, length));
  }

  std::size_t max_;
};

class NetstringEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    out.append(std::to_string(size));
    out.append(':');
  }
  void end(std::span<char> /*body*/, Buffer& out) override { out.append(','); }
};

}  // namespace

FramingType netstring_framing() {
  return {.name = "netstring",
          .help = "decimal length, colon, body, comma",
          .options = {},
          .decoder = [](const Options& options) { return make_each<NetstringDecoder>(options.size("max")); },
          .encoder = [](const Options&) { return make_each<NetstringEncoder>(); }};
}

}  // namespace netkit
