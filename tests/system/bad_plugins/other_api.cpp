#include "netkit/plugin.h"

namespace {

constexpr netkit::PluginDescriptor kDescriptor{netkit::kPluginApi + 1, sizeof(netkit::PluginDescriptor), "other-api",
                                               "1", [](netkit::Registry&) {}};

}  // namespace

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return &kDescriptor; }
