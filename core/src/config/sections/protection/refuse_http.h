#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"
#include "plugin/loader.h"

namespace netkit {

/// The key `refuse_http`.
const OptionTable<ListenerConfig>& refuse_http_options();

/// Reads the `refuse_http` of a listener whose transports and framings have been read.
void read_refuse_http(ObjectReader& reader, PluginLoader& loader, ListenerConfig& listener);

}  // namespace netkit
