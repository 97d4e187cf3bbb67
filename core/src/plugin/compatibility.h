#pragma once

#include <cstdint>
#include <string>

#include "netkit/plugin.h"

namespace netkit {

/// Plugins of the numbers from this one to kPluginApi are loaded. To go on taking older ones after a change that they
/// can live with, put their number here.
inline constexpr std::uint32_t kOldestPluginApi = kPluginApi;

/// Why a plugin with this descriptor cannot work with this server: the first fact of its build that differs, with both
/// values. Empty if it can. Reads no more of the descriptor than what its version is known to have. Any thread.
std::string incompatibility(const PluginDescriptor& descriptor);

}  // namespace netkit
