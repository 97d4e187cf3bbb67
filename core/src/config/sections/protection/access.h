#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"

namespace netkit {

/// Reads the `access` of a listener whose transports have been read: the addresses that may connect.
void read_access(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
