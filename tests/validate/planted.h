#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <netkit/plugin.h>

/// A plugin `planted` with one handler `planted`, made by `make`, which may throw.
inline netkit::HandlerType planted_handler(std::function<std::unique_ptr<netkit::Handler>()> make) {
  return {.name = "planted",
          .help = "has a fault",
          .make = [make = std::move(make)](const netkit::Options&, const netkit::HandlerContext&) { return make(); }};
}

/// A framing `planted`: one byte of length, then the body. Subclasses have faults.
class ByteDecoder : public netkit::Decoder {
 public:
  explicit ByteDecoder(std::uint64_t max) : max_(max) {}

  netkit::Decoded decode(std::string_view bytes) override {
    using Status = netkit::Decoded::Status;
    if (bytes.empty()) return {.status = Status::need_more};
    const std::size_t length = static_cast<unsigned char>(bytes[0]);
    if (length > max_) return {.status = Status::malformed, .reason = "over max"};
    if (bytes.size() < 1 + length) return {.status = Status::need_more, .size = 1 + length};
    return {.status = Status::message, .size = 1 + length, .message = {.body = bytes.substr(1, length)}};
  }

 private:
  const std::uint64_t max_;
};

class ByteEncoder : public netkit::Encoder {
 public:
  void begin(const netkit::Attributes&, std::uint64_t size, netkit::Buffer& out) override {
    if (size > 255) throw std::length_error("the body does not fit a length field of one byte");
    out.append(static_cast<char>(size));
  }
  void end(std::span<char>, netkit::Buffer&) override {}
};

template <class OwnDecoder = ByteDecoder, class OwnEncoder = ByteEncoder>
netkit::FramingType planted_framing() {
  return {.name = "planted",
          .help = "has a fault",
          .decoder =
              [](const netkit::Options& options) {
                return [max = options.size("max")] { return std::make_unique<OwnDecoder>(max); };
              },
          .encoder = [](const netkit::Options&) { return [] { return std::make_unique<OwnEncoder>(); }; }};
}

/// The plugin of a file that defines add(registry).
#define PLANTED(add) NETKIT_PLUGIN("planted", "1.0", add)
