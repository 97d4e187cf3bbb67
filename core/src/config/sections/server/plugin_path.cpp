#include "config/sections/server/plugin_path.h"

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/readers/value_reader.h"

namespace netkit {

void read_plugin_path(ObjectReader& server, PluginLoader& loader, ServerConfig& config) {
  const Node* node = server.take("plugin_path");
  if (node == nullptr) return;
  const std::optional<std::vector<std::string>> folders = server.read_texts("plugin_path", *node);
  if (!folders) return;
  for (std::size_t i = 0; i < folders->size(); ++i) {
    std::string path = absolute_path((*folders)[i], server.folder());
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      server.fail(item_where(*node, i), "'plugin_path': found " + in_quotes(path) + ", expected a folder that exists");
      continue;
    }
    loader.add_folder(path);
    config.plugin_path.push_back(std::move(path));
  }
}

}  // namespace netkit
