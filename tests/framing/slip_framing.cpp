// clang-format off
//
//   | bytes, c0 as db dc, db as db dd | c0 |                 as SLIP, https://www.rfc-editor.org/rfc/rfc1055
//
//   61 db dc 62 c0              ->  61 c0 62
//   c0                          ->  ""
//
// clang-format on

#include "framing/example_framings.h"

namespace netkit::testing {
namespace {

constexpr char kEnd = '\xc0';
constexpr char kEscape = '\xdb';
constexpr char kEscapedEnd = '\xdc';
constexpr char kEscapedEscape = '\xdd';

class SlipDecoder final : public Decoder {
 public:
  explicit SlipDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    if (scanned_ == 0) body_.clear();
    for (; scanned_ < bytes.size(); ++scanned_) {
      const char byte = bytes[scanned_];
      if (byte == kEnd && !escaped_) return complete(scanned_ + 1);
      if (!take(byte)) return {.status = Decoded::Status::malformed, .reason = "unknown escape"};
      if (body_.size() > max_) return {.status = Decoded::Status::malformed, .reason = "longer than max"};
    }
    return {};
  }

  Decoded end(std::string_view rest) override { return rest.empty() || escaped_ ? Decoded{} : complete(rest.size()); }

 private:
  Decoded complete(std::size_t size) {
    scanned_ = 0;
    return {.status = Decoded::Status::message, .size = size, .message = {.body = body_}};
  }

  bool take(char byte) {
    if (!escaped_ && byte == kEscape) {
      escaped_ = true;
      return true;
    }
    if (escaped_ && byte != kEscapedEnd && byte != kEscapedEscape) return false;
    if (escaped_) byte = byte == kEscapedEnd ? kEnd : kEscape;
    body_ += byte;
    escaped_ = false;
    return true;
  }

  std::size_t max_;
  std::size_t scanned_ = 0;  // bytes at the front that are in body_
  std::string body_;
  bool escaped_ = false;  // the last of them begins an escape
};

class SlipBody final : public BodyEncoder {
 public:
  void transform(std::string_view piece, Buffer& out) override {
    for (const char byte : piece) {
      if (byte == kEnd || byte == kEscape) out.append(kEscape);
      out.append(byte == kEnd ? kEscapedEnd : byte == kEscape ? kEscapedEscape : byte);
    }
  }
  void end(Buffer& out) override { out.append(kEnd); }
};

class SlipEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  void encode(const Attributes& /*attributes*/, std::string_view body, Buffer& out) override {
    SlipBody whole;
    whole.transform(body, out);
    whole.end(out);
  }

  Bodies bodies() const noexcept override { return Bodies::by_pieces; }
  std::unique_ptr<BodyEncoder> body_encoder() override { return std::make_unique<SlipBody>(); }
};

}  // namespace

FramingType slip_framing() {
  return {.name = "slip",
          .help = "escaped bytes to an end mark",
          .decoder = [](const Options& options) -> std::function<std::unique_ptr<Decoder>()> {
            return [max = options.size("max")] { return std::make_unique<SlipDecoder>(max); };
          },
          .encoder = [](const Options&) -> std::function<std::unique_ptr<Encoder>()> {
            return [] { return std::make_unique<SlipEncoder>(); };
          }};
}

}  // namespace netkit::testing
