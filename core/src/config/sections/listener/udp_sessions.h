#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of `udp_sessions`. Their defaults stand in config/model/datagram_limits.h.
const OptionTable<UdpSessions>& udp_session_options();

/// Reads the `udp_sessions` of a listener whose transports have been read.
void read_udp_sessions(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
