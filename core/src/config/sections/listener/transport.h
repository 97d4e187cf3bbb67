#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"

namespace netkit {

/// Reads the `transport` of a listener; tcp if it names none.
void read_transport(ObjectReader& reader, ListenerConfig& listener);

/// True for a Unix socket beside another transport: one needs a path, the other a host and a port.
bool mixes_addresses(const ListenerConfig& listener);

}  // namespace netkit
