#pragma once

#include <vector>

#include "config/diagnostic.h"

namespace netkit {

/// Reports listeners that have the same name, or that would bind the same port of one transport: the same address, or
/// one of them every address. [::] covers IPv4 as well. Port 0 is never in conflict.
void check_conflicts(const std::vector<ListenerConfig>& listeners, Diagnostics& errors);

}  // namespace netkit
