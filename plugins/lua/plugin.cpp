#include "netkit/plugin.h"

#include "framing/lua_framing.h"
#include "handler/lua_handler.h"

namespace {

void enroll(netkit::Registry& registry) {
  registry.add(netkit::lua::lua_handler());
  registry.add(netkit::lua::lua_framing());
}

}  // namespace

NETKIT_PLUGIN("lua", "1.0", enroll)
