// clang-format off
//
//   | size, 1 byte | body, its nth byte xor n | sum of the body's bytes |
//
//   02 61 63 c3                 ->  "ab"
//
// clang-format on

#include <stdexcept>

#include "framing/example_framings.h"

namespace netkit::testing {
namespace {

/// Masks or unmasks a body piece by piece, and sums it up on the way.
class Mask {
 public:
  char masked(char byte) {
    sum_ += static_cast<unsigned char>(byte);
    return xored(byte);
  }
  char unmasked(char byte) {
    const char plain = xored(byte);
    sum_ += static_cast<unsigned char>(plain);
    return plain;
  }
  char sum() const { return static_cast<char>(sum_); }

 private:
  char xored(char byte) { return static_cast<char>(static_cast<unsigned char>(byte) ^ (position_++ & 0xffU)); }

  unsigned position_ = 0;
  unsigned sum_ = 0;
};

class MaskedDecoder final : public Decoder {
 public:
  explicit MaskedDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.empty()) return {};
    const auto size = static_cast<unsigned char>(bytes.front());
    if (size > max_) return {.status = Decoded::Status::malformed, .reason = "longer than max"};
    const std::size_t whole = size + std::size_t{2};
    if (bytes.size() < whole) return {.size = whole};
    Mask mask;
    body_.clear();
    for (const char byte : bytes.substr(1, size)) body_ += mask.unmasked(byte);
    if (mask.sum() != bytes[whole - 1]) return {.status = Decoded::Status::malformed, .reason = "wrong sum"};
    return {.status = Decoded::Status::message, .size = whole, .message = {.body = body_}};
  }

 private:
  std::size_t max_;
  std::string body_;
};

class MaskedBody final : public BodyEncoder {
 public:
  void transform(std::string_view piece, Buffer& out) override {
    for (const char byte : piece) out.append(mask_.masked(byte));
  }
  void end(Buffer& out) override { out.append(mask_.sum()); }

 private:
  Mask mask_;
};

class MaskedEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    if (size > 255) throw std::length_error("message of " + std::to_string(size) + " bytes, at most 255 can be sent");
    out.append(static_cast<char>(size));
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    begin(attributes, body.size(), out);
    MaskedBody whole;
    whole.transform(body, out);
    whole.end(out);
  }

  Bodies bodies() const noexcept override { return Bodies::by_pieces; }
  std::unique_ptr<BodyEncoder> body_encoder() override { return std::make_unique<MaskedBody>(); }
};

}  // namespace

FramingType masked_framing() {
  return {.name = "masked",
          .help = "masked bodies of up to 255 bytes with their sum behind them",
          .decoder = [](const Options& options) -> std::function<std::unique_ptr<Decoder>()> {
            return [max = options.size("max")] { return std::make_unique<MaskedDecoder>(max); };
          },
          .encoder = [](const Options&) -> std::function<std::unique_ptr<Encoder>()> {
            return [] { return std::make_unique<MaskedEncoder>(); };
          }};
}

}  // namespace netkit::testing
