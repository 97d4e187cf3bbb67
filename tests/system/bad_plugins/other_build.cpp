// Built with flags that the server is not built with. Its enroll function ends whoever calls it all the same.
#include <cstdlib>

#include "netkit/plugin.h"

namespace {

void enroll(netkit::Registry& /*registry*/) { std::abort(); }

}  // namespace

NETKIT_PLUGIN("other-build", "1", enroll)
