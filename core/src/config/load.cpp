#include "config/load.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

#include "config/explain.h"
#include "config/sections/listener/conflicts.h"
#include "config/sections/listener/listener.h"
#include "config/sections/protection/timeouts.h"
#include "config/sections/server/admin.h"
#include "config/sections/server/event_loops.h"
#include "config/sections/server/log.h"
#include "config/sections/server/plugin_path.h"
#include "config/sections/server/plugins.h"
#include "config/sections/server/user.h"
#include "config/sections/server/worker_threads.h"
#include "config/syntax/ini_reader.h"
#include "config/syntax/json_reader.h"
#include "config/syntax/source_text.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

void read_listeners(ObjectReader& server, PluginLoader& loader, const ListenerDefaults& defaults,
                    ServerConfig& config) {
  const Node* node = server.require("listeners", "at least one listener");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::list) {
    server.fail(node->where, "'listeners': found " + found_text(*node) + ", expected a list of objects");
    return;
  }
  if (node->items.empty()) {
    server.fail(node->where, "'listeners': found an empty list, expected at least one listener");
  }
  for (const Node& item : node->items) {
    if (!require_object("listeners", item, server.errors())) continue;
    ObjectReader reader(item, server.folder(), server.errors());
    config.listeners.push_back(read_listener(reader, loader, defaults));
  }
  check_conflicts(config.listeners, server.errors());
}

/// Editors look there; it is checked like any text and means nothing to the server.
void read_schema_place(ObjectReader& server) {
  if (const Node* node = server.take("$schema")) server.read_text("$schema", *node);
}

bool require_object(const Node& root, Diagnostics& errors) {
  if (root.kind == Node::Kind::object) return true;
  errors.push_back({root.where, "found " + found_text(root) + ", expected an object"});
  return false;
}

ServerConfig read_server(const Node& root, const std::string& folder, PluginLoader& loader, Diagnostics& errors) {
  ServerConfig config;
  if (!require_object(root, errors)) return config;
  ObjectReader reader(root, folder, errors);
  read_plugin_path(reader, loader, config);
  read_plugins(reader, loader, config);
  read_user(reader, config);
  read_event_loops(reader, config.event_loops);
  read_worker_threads(reader, config);
  read_log(reader, config.log);
  read_admin(reader, config);
  ListenerDefaults defaults;
  defaults.limits = read_server_limits(reader, config.limits);
  defaults.timeouts = read_server_timeouts(reader, config);
  read_listeners(reader, loader, defaults, config);
  read_schema_place(reader);
  reader.refuse_rest();
  return config;
}

/// Letter case does not matter: files from other systems may be called X.INI.
bool is_ini(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension == ".ini";
}

std::optional<Node> read_tree(const SourceText& source, Diagnostics& errors) {
  if (is_ini(source.file())) return read_ini(source, errors);
  return read_json(source, errors);
}

std::optional<Node> read_file(const std::string& path, Diagnostics& errors) {
  const std::optional<SourceText> source = read_source(path, errors);
  return source ? read_tree(*source, errors) : std::nullopt;
}

std::string folder_of(const std::string& path) { return fs::absolute(path).parent_path().string(); }

std::optional<ServerConfig> load(const std::string& path, PluginLoader& loader, Diagnostics& errors) {
  const std::optional<Node> tree = read_file(path, errors);
  if (!tree) return std::nullopt;
  ServerConfig config = read_server(*tree, folder_of(path), loader, errors);
  if (errors.empty()) return config;
  explain(*tree, is_ini(path), loader.types(), errors);
  return std::nullopt;
}

void append_sorted(Diagnostics found, Diagnostics& errors) {
  sort_diagnostics(found);
  std::move(found.begin(), found.end(), std::back_inserter(errors));
}

}  // namespace

std::optional<ServerConfig> load_config(const std::string& path, PluginLoader& loader, Diagnostics& errors) {
  Diagnostics found;
  std::optional<ServerConfig> config = load(path, loader, found);
  append_sorted(std::move(found), errors);
  return config;
}

void load_plugins(const std::string& path, PluginLoader& loader, Diagnostics& errors) {
  Diagnostics found;
  if (const std::optional<Node> tree = read_file(path, found); tree && require_object(*tree, found)) {
    const std::string folder = folder_of(path);
    ObjectReader reader(*tree, folder, found);
    ServerConfig config;
    read_plugin_path(reader, loader, config);
    read_plugins(reader, loader, config);
  }
  append_sorted(std::move(found), errors);
}

std::optional<AdminConfig> load_admin(const std::string& path, Diagnostics& errors) {
  Diagnostics found;
  ServerConfig config;
  if (const std::optional<Node> tree = read_file(path, found); tree && require_object(*tree, found)) {
    const std::string folder = folder_of(path);
    ObjectReader reader(*tree, folder, found);
    read_admin(reader, config);
  }
  append_sorted(std::move(found), errors);
  return config.admin;
}

}  // namespace netkit
