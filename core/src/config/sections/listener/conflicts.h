#pragma once

#include <vector>

#include "config/model/config.h"
#include "config/syntax/diagnostic.h"

namespace netkit {

/// Reports listeners that have the same name, or that would bind the same port of one transport: at the same address,
/// or with one of them at every address of its family. IPv4 never conflicts with IPv6, as [::] is bound to IPv6 only.
/// Port 0 conflicts with nothing.
void check_conflicts(const std::vector<ListenerConfig>& listeners, Diagnostics& errors);

}  // namespace netkit
