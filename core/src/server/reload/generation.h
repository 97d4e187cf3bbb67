#pragma once

#include <memory>
#include <string>

#include "config/flat.h"
#include "config/load.h"
#include "plugin/libraries.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

namespace netkit {

/// One loaded config with the handler and framing types that it names. Objects made by the types keep their plugins
/// loaded, so a generation may be destroyed before the connections that began with it.
class Generation {
 public:
  /// Reads and checks a config and loads its plugins. Returns null, and the errors, if there are any. `libraries` is
  /// shared with other generations.
  static std::unique_ptr<Generation> load(const std::string& path, const std::shared_ptr<PluginLibraries>& libraries,
                                          Diagnostics& errors);

  const ServerConfig& config() const { return config_; }
  const FlatConfig& flat() const { return flat_; }
  PluginLoader& loader() { return loader_; }

 private:
  explicit Generation(const std::shared_ptr<PluginLibraries>& libraries);

  TypeRegistry registry_;
  PluginLoader loader_;
  ServerConfig config_;
  FlatConfig flat_;
};

}  // namespace netkit
