#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of a listener on a Unix socket: `mode`, `owner` and `group`. Their defaults stand in config/model/config.h.
const OptionTable<SocketAccess>& socket_options();

/// Reads these keys of a listener whose transports have been read. They are wrong with any other transport.
void read_unix_socket(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
