#include "framing/builtin.h"

namespace netkit {

void add_builtin_framings(Registry& registry) {
#define NETKIT_ADD_FRAMING(name) registry.add(name##_framing());
  NETKIT_BUILTIN_FRAMINGS(NETKIT_ADD_FRAMING)
#undef NETKIT_ADD_FRAMING
}

}  // namespace netkit
