#include "server/reload/generation.h"

#include <optional>
#include <utility>

#include "framing/builtin.h"

namespace netkit {

Generation::Generation(const std::shared_ptr<PluginLibraries>& libraries)
    : loader_(registry_, builtin_plugin_folder(), libraries) {
  add_builtin_framings(registry_);
}

std::unique_ptr<Generation> Generation::load(const std::string& path, const std::shared_ptr<PluginLibraries>& libraries,
                                             Diagnostics& errors) {
  std::unique_ptr<Generation> generation(new Generation(libraries));
  std::optional<ServerConfig> config = load_config(path, generation->loader_, errors);
  if (!config) return nullptr;
  generation->config_ = std::move(*config);
  generation->flat_ = flatten(generation->config_, generation->loader_);
  return generation;
}

}  // namespace netkit
