#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "plugin/loader.h"

namespace netkit {

/// Reads the `plugin_path` of the top level and adds its folders to `loader`.
void read_plugin_path(ObjectReader& server, PluginLoader& loader, ServerConfig& config);

}  // namespace netkit
