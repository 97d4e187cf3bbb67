#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The key `proxy_protocol` of a listener. Its default stands in admission/proxy_settings.h.
const OptionTable<ProxySettings>& proxy_options();

/// Reads `proxy_protocol` and `proxy_from` of a listener whose transports have been read.
void read_proxy(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
