#pragma once

#include <chrono>

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"
#include "session/timeouts.h"

namespace netkit {

/// The keys of `timeouts`, at the top level and of a listener. Their defaults stand in session/timeouts.h.
const OptionTable<Timeouts>& timeout_options();

/// Those that only the top level has. Their defaults stand in config/model/config.h.
const OptionTable<ServerConfig>& server_timeout_options();

/// Reads the `timeouts` of the top level, with the server's own `drain`. Returns those that listeners inherit.
PlacedOptions read_server_timeouts(ObjectReader& server, ServerConfig& config);

/// Reads the `timeouts` of a listener, which has the `inherited` ones where it sets none.
void read_listener_timeouts(ObjectReader& listener, const PlacedOptions& inherited, Timeouts& timeouts);

}  // namespace netkit
