#pragma once

#include "config/model/config.h"
#include "config/syntax/diagnostic.h"

namespace netkit {

/// Returns an error for each missing folder in which the config puts a log or a Unix socket. A starting server finds
/// this out when it creates them; this is for --check.
Diagnostics missing_folders(const ServerConfig& config);

}  // namespace netkit
