#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netkit/plugin.h"

// A framing whose halves share state: each frame says how many messages its sender has received.
//
//   'm' count size body     a message
//   'p' 'x'                 a ping, answered by 'q' 'x'
//   'c'                     the end in order, answered by 'c'
//   'r' body                a message that the end of the stream ends

namespace {

struct Counted {
  std::uint8_t received = 0;
};

class CountedDecoder final : public netkit::Decoder {
 public:
  explicit CountedDecoder(std::shared_ptr<Counted> shared) : shared_(std::move(shared)) {}

  netkit::Decoded decode(std::string_view bytes) override {
    using Status = netkit::Decoded::Status;
    if (bytes.empty()) return {};
    switch (bytes[0]) {
      case 'm':
        return message(bytes);
      case 'p':
        if (bytes.size() < 2) return {};
        reply_ = {'q', bytes[1]};
        return {.status = Status::control, .size = 2, .reply = reply_};
      case 'c':
        return {.status = Status::control, .last = true, .size = 1, .reply = "c"};
      case 'r':
        return {};
      default:
        return {.status = Status::malformed, .reason = "unknown kind of frame"};
    }
  }

  netkit::Decoded end(std::string_view rest) override {
    if (!rest.starts_with('r')) return {};
    return {.status = netkit::Decoded::Status::message, .size = rest.size(), .message = {.body = rest.substr(1)}};
  }

 private:
  netkit::Decoded message(std::string_view bytes) {
    if (bytes.size() < 3) return {};
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2]));
    if (bytes.size() < 3 + size) return {.size = 3 + size};
    ++shared_->received;
    return {.status = netkit::Decoded::Status::message, .size = 3 + size, .message = {.body = bytes.substr(3, size)}};
  }

  std::shared_ptr<Counted> shared_;
  std::string reply_;
};

class CountedEncoder final : public netkit::Encoder {
 public:
  explicit CountedEncoder(std::shared_ptr<Counted> shared) : shared_(std::move(shared)) {}

  void begin(const netkit::Attributes& /*attributes*/, std::uint64_t size, netkit::Buffer& out) override {
    if (size > 255) throw std::length_error("more than 255 bytes");
    out.append('m');
    out.append(static_cast<char>(shared_->received));
    out.append(static_cast<char>(size));
  }
  void end(std::span<char> /*body*/, netkit::Buffer& /*out*/) override {}

 private:
  std::shared_ptr<Counted> shared_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::FramingType{
      .name = "counted",
      .help = "frames that count",
      .codec = [](const netkit::Options&) -> std::function<netkit::Codec()> {
        return [] {
          const auto shared = std::make_shared<Counted>();
          return netkit::Codec{std::make_unique<CountedDecoder>(shared), std::make_unique<CountedEncoder>(shared)};
        };
      }});
}

}  // namespace

NETKIT_PLUGIN("counted", "1.0", enroll)
