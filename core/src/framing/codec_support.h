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
inline Decoded complete(std::size_t size, std::string_view body, std::string_view header = {}) {
  return {.status = Decoded::Status::message, .size = size, .message = {.body = body, .header = header}};
}

/// Not all there yet. `total` is what the whole message takes, 0 if that is not known.
inline Decoded need_more(std::size_t total = 0) { return {.status = Decoded::Status::need_more, .size = total}; }

/// What every decoder that can refuse its input is built on: it keeps the reason, as Decoded promises.
class FramingDecoder : public Decoder {
 protected:
  [[gnu::cold, gnu::noinline]] Decoded malformed(std::string reason) {
    reason_ = std::move(reason);
    return {.status = Decoded::Status::malformed, .reason = reason_};
  }

 private:
  std::string reason_;
};

/// The encoder of framings that add nothing to a body.
class PlainEncoder final : public Encoder {
 public:
  void begin(const Header& /*header*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
};

/// A maker as FramingType wants it: a new Codec for each session, all with the same settings.
template <class Codec, class... Settings>
auto make_each(Settings... settings) {
  return [settings...] { return std::make_unique<Codec>(settings...); };
}

}  // namespace netkit
