#include "netkit/plugin.h"

#include "handler/lua_handler.h"

namespace {

void enroll(netkit::Registry& registry) { registry.add(netkit::lua::lua_handler()); }

}  // namespace

NETKIT_PLUGIN("lua", "1.0", enroll)
