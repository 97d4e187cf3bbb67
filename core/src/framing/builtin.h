#pragma once

#include "netkit/plugin.h"

namespace netkit {

FramingType raw_framing();
FramingType line_framing();
FramingType delimiter_framing();
FramingType fixed_framing();
FramingType length_framing();
FramingType varint_framing();
FramingType netstring_framing();
FramingType json_header_framing();
FramingType datagram_framing();

/// Registers every framing that comes with netkit. The one place that lists them.
void add_builtin_framings(Registry& registry);

}  // namespace netkit
