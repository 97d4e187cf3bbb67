#pragma once

#include "netkit/plugin.h"

namespace netkit::lua {

/// The framing `lua`: where a frame ends, and what is in it, says a script.
FramingType lua_framing();

}  // namespace netkit::lua
