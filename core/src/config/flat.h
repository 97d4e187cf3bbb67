#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "plugin/loader.h"

namespace netkit {

/// Settings as `timeouts.idle` -> `"60s"`, every default included, to compare two configs key by key.
using FlatSettings = std::map<std::string, std::string>;

/// One listener entry, flat. The generations of its plugins are included, so that a replaced plugin file is a change.
struct FlatListener {
  std::string name;
  FlatSettings settings{};
};

/// A whole config, flat.
struct FlatConfig {
  FlatSettings server{};  ///< The keys of the top level, except defaults of listeners.
  std::vector<FlatListener> listeners{};
};

/// `loader` is the one that the config was loaded with.
FlatConfig flatten(const ServerConfig& config, PluginLoader& loader);

}  // namespace netkit
