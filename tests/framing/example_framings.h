#pragma once

#include "netkit/plugin.h"

namespace netkit::testing {

/// Framings that use what no built-in one does, to hold the contract suite and the fuzzer to it. They use nothing but
/// the plugin headers.

/// Frames as those of WebSocket (RFC 6455): masks, fragments, pings, an end in order. The halves share which kind of
/// message came last.
FramingType frames_framing();

/// Escaped bytes to an end mark, as SLIP (RFC 1055). The end of the stream ends the last message too.
FramingType slip_framing();

/// Short bodies behind their checksum, each call's answers closed by a mark.
FramingType checked_framing();

/// Short bodies that are changed byte by byte, with their sum behind them.
FramingType masked_framing();

void add_example_framings(Registry& registry);

}  // namespace netkit::testing
