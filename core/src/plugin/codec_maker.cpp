#include "plugin/codec_maker.h"

#include <utility>

namespace netkit {
namespace {

std::function<std::unique_ptr<Decoder>()> decoder_of(const Direction& in) {
  if (!in.type.codec) return in.type.decoder(in.options);
  return [make = in.type.codec(in.options)] { return make().decoder; };
}

std::function<std::unique_ptr<Encoder>()> encoder_of(const Direction& out) {
  if (!out.type.codec) return out.type.encoder(out.options);
  return [make = out.type.codec(out.options)] { return make().encoder; };
}

}  // namespace

Framing make_framing(const Direction& in, const Direction& out) {
  const std::string name = in.type.name == out.type.name ? in.type.name : in.type.name + "/" + out.type.name;
  if (&in.type == &out.type && in.type.codec) return {name, in.type.codec(in.options)};
  // The analyzer loses sight of what std::function owns.
  // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
  return {name, [decoder = decoder_of(in), encoder = encoder_of(out)] { return Codec{decoder(), encoder()}; }};
}
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

}  // namespace netkit
