#include "config/sections/server/plugins.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/readers/value_reader.h"

namespace netkit {
namespace {

bool is_path(const std::string& text) { return text.find('/') != std::string::npos || text.ends_with(".so"); }

}  // namespace

void read_plugins(ObjectReader& server, PluginLoader& loader, ServerConfig& config) {
  const Node* node = server.take("plugins");
  if (node == nullptr) return;
  const std::optional<std::vector<std::string>> files = server.read_texts("plugins", *node);
  if (!files) return;
  for (std::size_t i = 0; i < files->size(); ++i) {
    const std::string& file = (*files)[i];
    const Position& where = item_where(*node, i);
    try {
      std::string plugin = is_path(file) ? absolute_path(file, server.folder()) : file;
      if (is_path(file)) {
        loader.load_path(plugin);
      } else if (!loader.load_file(plugin)) {
        server.fail(where, "'plugins': found " + in_quotes(file) +
                               ", expected a path, or a file of the plugin folders" +
                               suggest(file, loader.file_names()));
      }
      config.plugins.push_back(std::move(plugin));
    } catch (const PluginError& error) {
      server.fail(where, error.what());
    }
  }
}

}  // namespace netkit
