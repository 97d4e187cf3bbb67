#include "netkit/plugin.h"

namespace {

void enroll(netkit::Registry& /*registry*/) { throw 42; }

}  // namespace

NETKIT_PLUGIN("throws-number", "1", enroll)
