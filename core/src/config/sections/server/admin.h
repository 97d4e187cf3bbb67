#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// Reads the `admin` of the top level: without it there is no admin endpoint.
void read_admin(ObjectReader& server, ServerConfig& config);

/// The keys of `admin` besides the addresses and those of a socket's file.
const OptionTable<AdminConfig>& admin_options();

}  // namespace netkit
