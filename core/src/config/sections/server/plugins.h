#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "plugin/loader.h"

namespace netkit {

/// Reads the `plugins` of the top level, whose `plugin_path` has been read, and loads these files.
void read_plugins(ObjectReader& server, PluginLoader& loader, ServerConfig& config);

}  // namespace netkit
