#pragma once

#include "config/config.h"
#include "config/syntax/diagnostic.h"

namespace netkit {

/// An error for each folder that is not there and in which the config has a log or a Unix socket made. A start finds
/// that out when it makes them; this is for who only asks whether a config is right.
Diagnostics missing_folders(const ServerConfig& config);

}  // namespace netkit
