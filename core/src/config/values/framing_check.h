#pragma once

#include <cstdint>

#include "netkit/plugin.h"

namespace netkit {

/// Which halves of a framing are used with the same options.
enum class Directions : std::uint8_t { in, out, both };

/// Lets a framing look at its options. Throws what it throws: OptionError, or whatever a plugin comes up with.
void try_framing(const FramingType& type, const Options& options, Directions directions);

}  // namespace netkit
