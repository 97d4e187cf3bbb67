#pragma once

#include "netkit-ctl/admin_client.h"

namespace netkit::ctl {

/// Shows the rates of each listener: every second until it is interrupted if standard output is a terminal, else those
/// of one second. Returns the exit status.
int show_rates(AdminClient& client);

}  // namespace netkit::ctl
