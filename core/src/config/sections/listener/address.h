#pragma once

#include <string>

#include "config/model/config.h"
#include "config/readers/object_reader.h"

namespace netkit {

/// Reads the `address` of a listener whose transports have been read: a host and a port, or the path of a Unix socket.
/// A host name other than localhost is refused, as it may stand for several addresses.
void read_address(ObjectReader& reader, ListenerConfig& listener);

/// Parses a host and a port. Throws std::invalid_argument, likewise with a line that says what is wrong.
Address parse_listener_address(const std::string& text);

/// Parses the path of a Unix socket and makes it absolute: a relative one is relative to `folder`. Likewise.
Address parse_socket_path(const std::string& text, const std::string& folder);

}  // namespace netkit
