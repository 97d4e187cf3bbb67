#pragma once

#include <cstddef>

#include "netkit-ctl/admin_client.h"

namespace netkit::ctl {

/// Shows the rates of each listener in so many seconds, one after the other. `samples` 0: until it is interrupted if
/// standard output is a terminal, else one. `json`: an object in a line for each. Returns the exit status.
int show_rates(AdminClient& client, bool json, std::size_t samples);

}  // namespace netkit::ctl
