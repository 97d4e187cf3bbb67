#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "netkit/framing.h"

namespace netkit::process {

/// Sends bytes as they are.
class ByteEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }
};

/// Whatever one read returns is a message.
class BlockDecoder final : public Decoder {
 public:
  Decoded decode(std::string_view bytes) override {
    if (bytes.empty()) return {};
    return {.status = Decoded::Status::message, .size = bytes.size(), .message = {.body = bytes}};
  }
};

/// For a descriptor whose bytes are taken, and given, as they are.
inline Framing byte_framing() {
  return {"bytes", [] { return Codec{std::make_unique<BlockDecoder>(), std::make_unique<ByteEncoder>()}; }};
}

/// For a descriptor whose messages are cut by the decoder of `framing`, and to which framed bytes are given.
inline Framing decoding_framing(const Framing& framing) {
  return {framing.name(), [framing] { return Codec{framing.make().decoder, std::make_unique<ByteEncoder>()}; }};
}

}  // namespace netkit::process
