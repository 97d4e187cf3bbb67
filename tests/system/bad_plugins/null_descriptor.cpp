#include "netkit/plugin.h"

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return nullptr; }
