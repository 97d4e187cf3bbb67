#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/plugin.h"

// STX before each body, ETX behind it; inside, DLE stands before each STX, ETX and DLE.
//
//   02 61 10 03 62 03  ->  61 03 62

namespace {

constexpr char kStx = '\x02';
constexpr char kEtx = '\x03';
constexpr char kDle = '\x10';

bool is_special(char byte) { return byte == kStx || byte == kEtx || byte == kDle; }

class StxEtxDecoder final : public netkit::Decoder {
 public:
  explicit StxEtxDecoder(std::uint64_t max) : max_(max) {}

  netkit::Decoded decode(std::string_view bytes) override {
    if (taken_ == 0) {
      body_.clear();  // not before: the last message points into it until this call
      if (bytes.empty()) return {};
      if (bytes.front() != kStx) return malformed("a message begins with another byte than STX");
      taken_ = 1;
    }
    while (taken_ < bytes.size()) {
      const char byte = bytes[taken_++];
      if (byte == kEtx && !escaped_) return message();
      if (byte == kStx && !escaped_) return malformed("STX inside a message");
      if (escaped_ && !is_special(byte)) return malformed("unknown escape");
      escaped_ = byte == kDle && !escaped_;
      if (!escaped_) body_ += byte;
      if (body_.size() > max_) return malformed("the message is larger than max");
    }
    return {};  // need_more
  }

 private:
  static netkit::Decoded malformed(std::string_view reason) {
    return {.status = netkit::Decoded::Status::malformed, .reason = reason};
  }
  netkit::Decoded message() {
    return {.status = netkit::Decoded::Status::message, .size = std::exchange(taken_, 0), .message = {.body = body_}};
  }

  const std::uint64_t max_;
  std::size_t taken_ = 0;  // bytes at the front that have been looked at
  bool escaped_ = false;   // the last of them was DLE, and itself not escaped
  std::string body_;
};

class StxEtxBody final : public netkit::BodyEncoder {
 public:
  void transform(std::string_view piece, netkit::Buffer& out) override {
    for (const char byte : piece) {
      if (is_special(byte)) out.append(kDle);
      out.append(byte);
    }
  }
  void end(netkit::Buffer& out) override { out.append(kEtx); }
};

class StxEtxEncoder final : public netkit::Encoder {
 public:
  void begin(const netkit::Attributes& /*attributes*/, std::uint64_t /*size*/, netkit::Buffer& out) override {
    out.append(kStx);
  }
  void end(std::span<char> /*body*/, netkit::Buffer& /*out*/) override {}
  void encode(const netkit::Attributes& /*attributes*/, std::string_view body, netkit::Buffer& out) override {
    StxEtxBody whole;
    out.append(kStx);
    whole.transform(body, out);
    whole.end(out);
  }

  Bodies bodies() const noexcept override { return Bodies::by_pieces; }
  std::unique_ptr<netkit::BodyEncoder> body_encoder() override { return std::make_unique<StxEtxBody>(); }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::FramingType{
      .name = "stx-etx",
      .help = "a body between STX (0x02) and ETX (0x03), with DLE (0x10) before any of the three inside",
      .decoder = [](const netkit::Options& options) -> std::function<std::unique_ptr<netkit::Decoder>()> {
        return [max = options.size("max")] { return std::make_unique<StxEtxDecoder>(max); };
      },
      .encoder = [](const netkit::Options&) -> std::function<std::unique_ptr<netkit::Encoder>()> {
        return [] { return std::make_unique<StxEtxEncoder>(); };
      }});
}

}  // namespace

NETKIT_PLUGIN("stx-etx", "1.0", enroll)
