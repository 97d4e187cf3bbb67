#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "config/model/config.h"
#include "plugin/loader.h"

namespace netkit {

/// The config as JSON with every default written out, valid as a config itself. `loader` is the one that the config was
/// loaded with.
std::string print_effective(const ServerConfig& config, PluginLoader& loader);

/// The parts of print_effective(): every key that a config may have, with its default where it has none.
nlohmann::ordered_json effective_listener(const ListenerConfig& listener, PluginLoader& loader);
nlohmann::ordered_json effective_server(const ServerConfig& config);  ///< Without the listeners.

}  // namespace netkit
