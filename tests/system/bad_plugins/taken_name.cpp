#include "netkit/plugin.h"

namespace {

/// Offers a framing under a name that is built in.
void enroll(netkit::Registry& registry) {
  netkit::FramingType type;
  type.name = "line";
  type.codec = [](const netkit::Options&) { return [] { return netkit::Codec{}; }; };
  registry.add(std::move(type));
}

}  // namespace

NETKIT_PLUGIN("taken-name", "1", enroll)
