#pragma once

#include "netkit/plugin.h"

/// Every framing that comes with netkit: the one list of them in the code. FRAMING(name) stands for name_framing(),
/// which the file name.cpp defines.
#define NETKIT_BUILTIN_FRAMINGS(FRAMING) \
  FRAMING(raw)                           \
  FRAMING(line)                          \
  FRAMING(delimiter)                     \
  FRAMING(fixed)                         \
  FRAMING(length)                        \
  FRAMING(varint)                        \
  FRAMING(netstring)                     \
  FRAMING(json_header)                   \
  FRAMING(http)                          \
  FRAMING(datagram)

namespace netkit {

#define NETKIT_DECLARE_FRAMING(name) FramingType name##_framing();
NETKIT_BUILTIN_FRAMINGS(NETKIT_DECLARE_FRAMING)
#undef NETKIT_DECLARE_FRAMING

/// Registers every built-in framing.
void add_builtin_framings(Registry& registry);

}  // namespace netkit
