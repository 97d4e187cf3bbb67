#include "netkit/plugin.h"

namespace {

constexpr netkit::PluginDescriptor kDescriptor{
    .api = netkit::kPluginApi + 1, .name = "other-api", .version = "1", .enroll = [](netkit::Registry&) {}};

}  // namespace

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return &kDescriptor; }
