#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The key `worker_threads` of the top level. Its default stands in config/model/config.h.
const OptionTable<ServerConfig>& worker_options();

/// Reads `worker_threads` of the top level.
void read_worker_threads(ObjectReader& server, ServerConfig& config);

}  // namespace netkit
