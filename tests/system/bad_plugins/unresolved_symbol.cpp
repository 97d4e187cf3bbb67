#include "netkit/plugin.h"

__attribute__((visibility("default"))) void function_that_nobody_has(netkit::Registry& registry);

NETKIT_PLUGIN("unresolved-symbol", "1", function_that_nobody_has)
