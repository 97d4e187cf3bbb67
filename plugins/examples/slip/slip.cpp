#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/plugin.h"

// SLIP, RFC 1055: END behind each body; inside, ESC and another byte stand for END and for ESC.
//
//   61 db dc 62 c0  ->  61 c0 62

namespace {

constexpr char kEnd = '\xc0';
constexpr char kEscape = '\xdb';
constexpr char kEscapedEnd = '\xdc';
constexpr char kEscapedEscape = '\xdd';

class SlipDecoder final : public netkit::Decoder {
 public:
  explicit SlipDecoder(std::uint64_t max) : max_(max) {}

  netkit::Decoded decode(std::string_view bytes) override {
    using Status = netkit::Decoded::Status;
    if (taken_ == 0) body_.clear();  // not before: the last message points into it until this call
    while (taken_ < bytes.size()) {
      const char byte = bytes[taken_++];
      if (byte == kEnd && !escaped_) return message();
      if (!take(byte)) return {.status = Status::malformed, .reason = "unknown escape"};
      if (body_.size() > max_) return {.status = Status::malformed, .reason = "the message is larger than max"};
    }
    return {.status = Status::need_more};
  }

 private:
  netkit::Decoded message() {
    return {.status = netkit::Decoded::Status::message, .size = std::exchange(taken_, 0), .message = {.body = body_}};
  }
  bool take(char byte) {
    if (!escaped_ && byte == kEscape) return escaped_ = true;
    if (escaped_) {
      if (byte != kEscapedEnd && byte != kEscapedEscape) return false;
      byte = byte == kEscapedEnd ? kEnd : kEscape;
      escaped_ = false;
    }
    body_ += byte;
    return true;
  }

  const std::uint64_t max_;
  std::size_t taken_ = 0;  // bytes at the front that are in body_ already: none is looked at twice
  bool escaped_ = false;   // the last of them was ESC
  std::string body_;
};

class SlipBody final : public netkit::BodyEncoder {
 public:
  void transform(std::string_view piece, netkit::Buffer& out) override {
    for (const char byte : piece) {
      if (byte != kEnd && byte != kEscape) {
        out.append(byte);
        continue;
      }
      out.append(kEscape);
      out.append(byte == kEnd ? kEscapedEnd : kEscapedEscape);
    }
  }
  void end(netkit::Buffer& out) override { out.append(kEnd); }
};

class SlipEncoder final : public netkit::Encoder {
 public:
  void begin(const netkit::Attributes& /*attributes*/, std::uint64_t /*size*/, netkit::Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, netkit::Buffer& /*out*/) override {}
  void encode(const netkit::Attributes& /*attributes*/, std::string_view body, netkit::Buffer& out) override {
    SlipBody whole;
    whole.transform(body, out);
    whole.end(out);
  }

  Bodies bodies() const noexcept override { return Bodies::by_pieces; }
  std::unique_ptr<netkit::BodyEncoder> body_encoder() override { return std::make_unique<SlipBody>(); }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::FramingType{
      .name = "slip",
      .help = "a body with END (0xc0) behind it and escapes inside, RFC 1055",
      .decoder = [](const netkit::Options& options) -> std::function<std::unique_ptr<netkit::Decoder>()> {
        return [max = options.size("max")] { return std::make_unique<SlipDecoder>(max); };
      },
      .encoder = [](const netkit::Options&) -> std::function<std::unique_ptr<netkit::Encoder>()> {
        return [] { return std::make_unique<SlipEncoder>(); };
      }});
}

}  // namespace

NETKIT_PLUGIN("slip", "1.0", enroll)
