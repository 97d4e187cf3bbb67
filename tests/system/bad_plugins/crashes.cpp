#include <cstdlib>

#include "netkit/plugin.h"

namespace {

struct Early {
  Early() { std::abort(); }
} early;

void enroll(netkit::Registry& /*registry*/) {}

}  // namespace

NETKIT_PLUGIN("crashes", "1", enroll)
