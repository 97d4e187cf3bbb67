#include "config/load.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/nearest.h"
#include "config/sections/conflicts.h"
#include "config/sections/listener_reader.h"
#include "config/sections/option_tables.h"
#include "config/syntax/ini_reader.h"
#include "config/syntax/json_reader.h"
#include "config/syntax/source_text.h"
#include "config/values/log_level.h"
#include "config/values/option_value.h"
#include "config/values/value_reader.h"
#include "netkit/account.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

/// Reads the top level of the tree.
class ServerReader {
 public:
  ServerReader(PluginLoader& loader, std::string folder, Diagnostics& errors)
      : loader_(loader), folder_(std::move(folder)), errors_(errors) {}

  ServerConfig read(const Node& root) {
    ServerConfig config;
    if (root.kind != Node::Kind::object) {
      errors_.push_back({root.where, "found " + found_text(root) + ", expected an object"});
      return config;
    }
    ObjectReader reader(root, folder_, errors_);
    read_plugin_path(reader, config);
    read_identity(reader, config);
    read_event_loops(reader, config);
    read_log(reader, config.log);
    defaults_ = GuardReader(folder_, errors_).read_server(reader, config);
    read_listeners(reader, config);
    reader.refuse_rest();
    return config;
  }

 private:
  void read_plugin_path(ObjectReader& reader, ServerConfig& config) {
    const OptionSpec& spec = plugin_path_option();
    const Node* node = reader.take(spec.name);
    if (node == nullptr) return;
    const std::optional<Options::Value> value = read_value(spec, *node, folder_, errors_);
    if (!value) return;
    const auto& folders = std::get<std::vector<std::string>>(*value);
    for (std::size_t i = 0; i < folders.size(); ++i) add_plugin_folder(folders[i], item_where(*node, i), config);
  }

  void add_plugin_folder(const std::string& folder, const Position& where, ServerConfig& config) {
    std::string path = absolute_path(folder, folder_);
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      errors_.push_back({where, "'plugin_path': found " + in_quotes(path) + ", expected a folder that exists"});
      return;
    }
    loader_.add_folder(path);
    config.plugin_path.push_back(std::move(path));
  }

  void read_identity(ObjectReader& reader, ServerConfig& config) {
    Settings names;
    reader.take_options(identity_options(), names);
    if (names.places.empty()) return;
    if (names.options.has("user")) config.user = names.options.text("user");
    if (names.options.has("group")) config.group = names.options.text("group");
    config.identity = find_identity(config.user, config.group, current_identity());
    config.identity_where = names.places.at(names.options.has("user") ? "user" : "group");
  }

  void read_event_loops(ObjectReader& reader, ServerConfig& config) {
    Settings loops = reader.take_object("event_loops", event_loop_options());
    fill_defaults(event_loop_options(), loops.options);
    config.event_loops.count = static_cast<unsigned>(loops.options.integer("count"));
    config.event_loops.spin = loops.options.duration("spin");
    config.event_loops.pin = loops.options.flag("pin");
  }

  void read_log(ObjectReader& reader, LogConfig& config) {
    Settings log = reader.take_object("log", log_options());
    fill_defaults(log_options(), log.options);
    config.json = log.options.text("format") == "json";
    config.level = log_level_named(log.options.text("level"));
    config.connections = log.options.flag("connections");
    if (!log.options.has("file")) return;
    config.file = log.options.text("file");
    config.file_where = log.places.at("file");
  }

  void read_listeners(ObjectReader& reader, ServerConfig& config) {
    const Node* node = reader.require("listeners", "at least one listener");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::list) {
      errors_.push_back({node->where, "'listeners': found " + found_text(*node) + ", expected a list of objects"});
      return;
    }
    if (node->items.empty()) {
      errors_.push_back({node->where, "'listeners': found an empty list, expected at least one listener"});
    }
    ListenerReader listeners(loader_, defaults_, folder_, errors_);
    for (const Node& item : node->items) {
      if (require_object("listeners", item, errors_)) config.listeners.push_back(listeners.read(item));
    }
    check_conflicts(config.listeners, errors_);
  }

  PluginLoader& loader_;
  const std::string folder_;
  Diagnostics& errors_;
  ListenerDefaults defaults_;
};

std::optional<Node> read_tree(const SourceText& source, Diagnostics& errors) {
  if (fs::path(source.file()).extension() == ".ini") return read_ini(source, errors);
  return read_json(source, errors);
}

std::optional<ServerConfig> load(const std::string& path, PluginLoader& loader, Diagnostics& errors) {
  const std::optional<SourceText> source = read_source(path, errors);
  if (!source) return std::nullopt;
  const std::optional<Node> tree = read_tree(*source, errors);
  if (!tree) return std::nullopt;
  ServerConfig config = ServerReader(loader, fs::absolute(path).parent_path().string(), errors).read(*tree);
  if (!errors.empty()) return std::nullopt;
  return config;
}

}  // namespace

std::chrono::nanoseconds longest_drain(const ServerConfig& config) {
  std::chrono::nanoseconds longest = config.drain;
  for (const ListenerConfig& listener : config.listeners) longest = std::max(longest, listener.timeouts.drain);
  return longest;
}

std::optional<ServerConfig> load_config(const std::string& path, PluginLoader& loader, Diagnostics& errors) {
  Diagnostics found;
  std::optional<ServerConfig> config = load(path, loader, found);
  sort_diagnostics(found);
  std::move(found.begin(), found.end(), std::back_inserter(errors));
  return config;
}

}  // namespace netkit
