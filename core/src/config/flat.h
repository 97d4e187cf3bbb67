#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "plugin/loader.h"

namespace netkit {

/// Settings as `limits.idle` -> `"60s"`, every default included: what can be compared key by key.
using FlatSettings = std::map<std::string, std::string>;

/// One listener entry, flat. Which plugins it runs on is a part of it: each generation of a plugin file differs.
struct FlatListener {
  std::string name;
  FlatSettings settings{};
};

/// A whole config, flat.
struct FlatConfig {
  FlatSettings server{};  ///< What stands at the top level and is not a default for listeners.
  std::vector<FlatListener> listeners{};
};

/// `loader` is the one the config was loaded with.
FlatConfig flatten(const ServerConfig& config, PluginLoader& loader);

}  // namespace netkit
