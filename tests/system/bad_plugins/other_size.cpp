#include "netkit/plugin.h"

namespace {

constexpr netkit::PluginDescriptor kDescriptor{.size = sizeof(netkit::PluginDescriptor) + 8,
                                               .name = "other-size",
                                               .version = "1",
                                               .enroll = [](netkit::Registry&) {}};

}  // namespace

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return &kDescriptor; }
