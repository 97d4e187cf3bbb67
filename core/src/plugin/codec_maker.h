#pragma once

#include "netkit/framing.h"
#include "netkit/options.h"
#include "netkit/plugin.h"

namespace netkit {

/// One direction of a framing that was chosen.
struct Direction {
  const FramingType& type;
  const Options& options;
};

/// The framing whose decoder is that of `in` and whose encoder is that of `out`. A type whose halves share state makes
/// both at once where it stands in both directions. Throws what the types throw.
Framing make_framing(const Direction& in, const Direction& out);

}  // namespace netkit
