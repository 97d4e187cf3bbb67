#pragma once

#include <cstdint>

#include "netkit/plugin.h"

namespace netkit {

/// The halves of a framing that are used with the same options.
enum class Directions : std::uint8_t { in, out, both };

/// Lets a framing check its options. Throws OptionError, or any other exception that a plugin throws.
void try_framing(const FramingType& type, const Options& options, Directions directions);

}  // namespace netkit
