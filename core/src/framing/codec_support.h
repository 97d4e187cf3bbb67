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

/// Not all there yet. `total` is what the whole message takes, 0 if that is not known.
inline Decoded need_more(std::size_t total = 0) { return {.status = Decoded::Status::need_more, .size = total}; }

/// Not to be decoded. `reason` lives as long as the decoder.
inline Decoded refused(std::string_view reason) { return {.status = Decoded::Status::malformed, .reason = reason}; }

/// What every decoder that can refuse its input is built on: it keeps the reason, as Decoded promises.
class FramingDecoder : public Decoder {
 protected:
  Decoded malformed(std::string reason) { return refused(keep(std::move(reason))); }

  /// For decode() functions that shall stay small: gcc guards the stack of those that call what returns a Decoded.
  [[gnu::cold, gnu::noinline]] std::string_view keep(std::string reason) {
    reason_ = std::move(reason);
    return reason_;
  }

 private:
  std::string reason_;
};

/// The encoder of framings that add nothing to a body.
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
