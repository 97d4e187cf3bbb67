#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of `log`. Their defaults stand in config/model/config.h.
const OptionTable<LogConfig>& log_options();

/// Reads the `log` of the top level.
void read_log(ObjectReader& server, LogConfig& log);

}  // namespace netkit
