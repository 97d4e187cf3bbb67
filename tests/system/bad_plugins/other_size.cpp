#include "netkit/plugin.h"

namespace {

constexpr netkit::PluginDescriptor kDescriptor{netkit::kPluginApi, sizeof(netkit::PluginDescriptor) + 8, "other-size",
                                               "1", [](netkit::Registry&) {}};

}  // namespace

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return &kDescriptor; }
