#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of `event_loops`. Their defaults stand in config/model/config.h.
const OptionTable<EventLoops>& event_loop_options();

/// Reads the `event_loops` of the top level.
void read_event_loops(ObjectReader& server, EventLoops& loops);

}  // namespace netkit
