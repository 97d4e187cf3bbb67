#include <unistd.h>

#include "netkit/plugin.h"

namespace {

void enroll(netkit::Registry& /*registry*/) {
  for (;;) ::pause();
}

}  // namespace

NETKIT_PLUGIN("waits", "1", enroll)
