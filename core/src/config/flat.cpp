#include "config/flat.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "config/effective.h"
#include "upstream/target_settings.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

/// A list counts as one value: a change of one item is shown as a change of the list.
void add(const Json& value, const std::string& key, FlatSettings& settings) {
  if (!value.is_object()) {
    settings.emplace(key, value.dump(-1, ' ', false, Json::error_handler_t::replace));
    return;
  }
  const std::string prefix = key.empty() ? key : key + ".";
  for (const auto& [name, item] : value.items()) {
    std::string path = prefix;
    path += name;
    add(item, path, settings);
  }
}

std::string generation(const std::shared_ptr<const PluginLibrary>& library) {
  return library ? std::to_string(library->generation()) : "built in";
}

/// Identifies the contents of a file: differs once the file is replaced or changed.
std::string mark_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "none";
  const auto& changed = status.st_mtim;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" + std::to_string(status.st_size) +
         ":" + std::to_string(changed.tv_sec) + "." + std::to_string(changed.tv_nsec);
}

void add_files(const TlsServerSettings& tls, FlatSettings& settings) {
  settings["tls.files.certificate"] = mark_of(tls.identity.certificate);
  settings["tls.files.key"] = mark_of(tls.identity.key);
  if (!tls.client_ca.empty()) settings["tls.files.client_ca"] = mark_of(tls.client_ca);
}

/// The files of a type; `key` is where the config names it.
void add_files(const FilesOf& files, const Options& options, const std::string& key, FlatSettings& settings) {
  if (!files) return;
  for (const std::string& file : files(options))
    settings[std::string(key).append(".files.").append(file)] = mark_of(file);
}

void add_framing(const FramingChoice& framing, const std::string& kind, const std::string& key, PluginLoader& loader,
                 FlatSettings& settings) {
  settings[kind + ".plugin." + key + ".in"] = generation(loader.framing_library(framing.in.type));
  settings[kind + ".plugin." + key + ".out"] = generation(loader.framing_library(framing.out.type));
  add_files(loader.framing(framing.in.type)->files, framing.in.options, kind, settings);
  add_files(loader.framing(framing.out.type)->files, framing.out.options, kind, settings);
}

void add_target(const Target& target, FlatSettings& settings) {
  const TlsClientSettings& tls = dynamic_cast<const TargetSettings&>(*target.core()).tls;
  for (const std::string& file : {tls.authorities, tls.identity.certificate, tls.identity.key}) {
    if (!file.empty()) settings["handler.files." + file] = mark_of(file);
  }
}

/// The plugins and files that the options of a handler name.
void add_options(const Choice& handler, PluginLoader& loader, FlatSettings& settings) {
  for (const auto& [option, framing] : handler.framings) add_framing(*framing, "handler", option, loader, settings);
  for (const auto& [name, value] : handler.options.all()) {
    if (const auto* target = std::get_if<Target>(&value)) add_target(*target, settings);
    if (const auto* targets = std::get_if<Options::Targets>(&value)) {
      for (const auto& one : *targets) add_target(one.second, settings);
    }
  }
  add_files(loader.handler(handler.type)->files, handler.options, "handler", settings);
}

FlatListener flatten(const ListenerConfig& listener, PluginLoader& loader) {
  FlatListener flat{.name = listener.name};
  add(effective_listener(listener, loader), {}, flat.settings);
  flat.settings["handler.plugin"] = generation(loader.handler_library(listener.handler.type));
  for (const Choice& filter : listener.filters) {
    flat.settings["filters.plugin." + filter.type] = generation(loader.filter_library(filter.type));
    add_files(loader.filter(filter.type)->files, filter.options, "filters", flat.settings);
  }
  add_options(listener.handler, loader, flat.settings);
  for (const TransportConfig& transport : listener.transports) {
    add_framing(transport.framing, "framing", to_string(transport.transport), loader, flat.settings);
  }
  if (listener.tls) add_files(listener.tls->settings, flat.settings);
  return flat;
}

}  // namespace

FlatConfig flatten(const ServerConfig& config, PluginLoader& loader) {
  FlatConfig flat;
  add(effective_server(config), {}, flat.server);
  for (const ListenerConfig& listener : config.listeners) flat.listeners.push_back(flatten(listener, loader));
  return flat;
}

}  // namespace netkit
