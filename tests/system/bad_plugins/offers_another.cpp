#include "netkit/plugin.h"

namespace {

/// Loads well, but not under the name of its file.
void enroll(netkit::Registry& registry) {
  netkit::HandlerType type;
  type.name = "another";
  registry.add(std::move(type));
}

}  // namespace

NETKIT_PLUGIN("offers-another", "1", enroll)
