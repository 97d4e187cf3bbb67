#pragma once

#include <string>

#include "config/config.h"
#include "config/syntax/diagnostic.h"
#include "config/values/object_reader.h"

namespace netkit {

/// Reads the `tls` of a listener whose transports have been read: it has one if it serves TLS. Only the paths are
/// looked at, as others than the server, who may not read a key, read its config too.
void read_tls(ObjectReader& reader, const std::string& folder, ListenerConfig& listener, Diagnostics& errors);

}  // namespace netkit
