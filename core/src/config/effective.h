#pragma once

#include <nlohmann/json_fwd.hpp>

#include "config/config.h"
#include "plugin/loader.h"

namespace netkit {

/// The parts of print_effective(): every key a config may have stands in them, with its default where it has none.
nlohmann::ordered_json effective_listener(const ListenerConfig& listener, PluginLoader& loader);
nlohmann::ordered_json effective_server(const ServerConfig& config);  ///< Without the listeners.

}  // namespace netkit
