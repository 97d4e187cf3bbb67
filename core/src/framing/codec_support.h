#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/codec.h"

namespace netkit {

/// A message that took `size` bytes, its framing included.
inline Decoded complete(std::size_t size, std::string_view body, const Attributes* attributes = nullptr) {
  return {.status = Decoded::Status::message, .size = size, .message = {.body = body, .attributes = attributes}};
}

/// The bytes hold a part of a message. `total` is the size of the whole frame, 0 if it is not known yet.
inline Decoded need_more(std::size_t total = 0) { return {.status = Decoded::Status::need_more, .size = total}; }

/// The bytes are malformed. `reason` lives as long as the decoder.
inline Decoded refused(std::string_view reason) { return {.status = Decoded::Status::malformed, .reason = reason}; }

/// Base of every decoder that can reject its input: keeps the reason alive, as Decoded promises.
class FramingDecoder : public Decoder {
 protected:
  Decoded malformed(std::string reason) { return refused(keep(std::move(reason))); }

  /// Keeps a reason. Apart from malformed() because gcc adds a stack guard to each function that calls one returning a
  /// Decoded: decode() functions on the hot path call refused(keep(...)) and stay small.
  [[gnu::cold, gnu::noinline]] std::string_view keep(std::string reason) {
    reason_ = std::move(reason);
    return reason_;
  }

 private:
  std::string reason_;
};

/// Encoder for framings that send the body as it is.
class PlainEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }
  void encode(const Attributes& /*attributes*/, std::string_view body, Buffer& out) override { out.append(body); }
};

/// A maker as FramingType wants it: a new half of a codec for each conversation, all with the same settings.
template <class Half, class... Settings>
auto make_each(Settings... settings) {
  return [settings...] { return std::make_unique<Half>(settings...); };
}

}  // namespace netkit
