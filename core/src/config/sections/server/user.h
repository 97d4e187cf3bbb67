#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The key `debuggable`.
const OptionTable<ServerConfig>& debuggable_options();

/// The keys `user` and `group`.
const OptionTable<ServerConfig>& user_options();

/// Reads `user` and `group` of the top level: the identity that the server takes on.
void read_user(ObjectReader& server, ServerConfig& config);

}  // namespace netkit
