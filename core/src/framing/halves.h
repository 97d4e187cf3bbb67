#pragma once

#include <functional>
#include <memory>

#include "netkit/plugin.h"

namespace netkit {

/// One half of a framing without the other, for those who only read or only write. The half of a framing whose halves
/// share state has that state to itself. Throws as the type does; the makers are as those of FramingType.
inline std::function<std::unique_ptr<Decoder>()> decoder_maker(const FramingType& type, const Options& options) {
  if (!type.codec) return type.decoder(options);
  return [make = type.codec(options)] { return make().decoder; };
}
inline std::function<std::unique_ptr<Encoder>()> encoder_maker(const FramingType& type, const Options& options) {
  if (!type.codec) return type.encoder(options);
  return [make = type.codec(options)] { return make().encoder; };
}

}  // namespace netkit
