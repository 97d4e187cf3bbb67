#pragma once

#include <vector>

#include "config/config.h"
#include "config/syntax/diagnostic.h"

namespace netkit {

/// Reports listeners that have the same name, or that would bind the same port of one transport: the same address, or
/// one of them every address of its family. IPv4 and IPv6 are apart, as [::] is bound to IPv6 only. Port 0 is never in
/// conflict.
void check_conflicts(const std::vector<ListenerConfig>& listeners, Diagnostics& errors);

}  // namespace netkit
