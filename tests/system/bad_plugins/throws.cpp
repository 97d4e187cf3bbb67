#include <stdexcept>

#include "netkit/plugin.h"

namespace {

void enroll(netkit::Registry& /*registry*/) { throw std::runtime_error("no licence found"); }

}  // namespace

NETKIT_PLUGIN("throws", "1", enroll)
