#pragma once

#include "config/config.h"
#include "config/values/object_reader.h"

namespace netkit {

/// Reads the `address` of a listener whose transports have been read: a host and a port, or the path of a Unix socket.
/// A host name other than localhost is refused, as it may stand for several addresses.
void read_address(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
