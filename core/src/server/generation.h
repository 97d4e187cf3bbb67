#pragma once

#include <memory>
#include <string>

#include "config/flat.h"
#include "config/load.h"
#include "plugin/libraries.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

namespace netkit {

/// One reading of the config, with the types its names stand for. What was made by the types keeps the plugins itself:
/// a generation may go before the connections that began with it.
class Generation {
 public:
  /// Reads and checks a config, loads the plugins that it names. Null, and what is wrong, if anything is. `libraries`
  /// are those that other generations use.
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
