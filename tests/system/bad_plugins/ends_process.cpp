#include <cstdlib>

#include "netkit/plugin.h"

namespace {

void enroll(netkit::Registry& /*registry*/) { std::exit(0); }

}  // namespace

NETKIT_PLUGIN("ends-process", "1", enroll)
