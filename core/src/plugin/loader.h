#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugin/libraries.h"
#include "plugin/registry.h"

namespace netkit {

/// Finds handlers and framings by name: built-in ones first, else by loading NAME.so from the first folder that has
/// it. Main thread only.
class PluginLoader {
 public:
  /// `builtin_folder` is searched last; empty: there is none. Loaders that are given the same `libraries` do not load a
  /// file again that another one has in use.
  explicit PluginLoader(TypeRegistry& registry, std::string builtin_folder = {},
                        std::shared_ptr<PluginLibraries> libraries = std::make_shared<PluginLibraries>())
      : registry_(registry), builtin_folder_(std::move(builtin_folder)), libraries_(std::move(libraries)) {}

  /// Adds a folder to search, behind those added before.
  void add_folder(std::string folder);

  /// The type of that name, its plugin loaded if need be. Null if neither the registry nor a folder has it, or if the
  /// plugin of that name does not offer it; throws PluginError if the file is there but cannot be used.
  const HandlerType* handler(const std::string& name);
  const FramingType* framing(const std::string& name);

  /// The plugin of a type that handler() or framing() has returned, see TypeRegistry.
  std::shared_ptr<const PluginLibrary> handler_library(const std::string& name) const {
    return registry_.handler_library(name);
  }
  std::shared_ptr<const PluginLibrary> framing_library(const std::string& name) const {
    return registry_.framing_library(name);
  }

  /// All names that could be given to handler() or framing(), for suggestions: what is registered, and the files that
  /// are there but not yet loaded.
  std::vector<std::string> handler_names() const;
  std::vector<std::string> framing_names() const;

  /// Loads every plugin of every folder; returns a line for each that could not be.
  std::vector<std::string> load_all();

  const std::vector<std::string>& folders() const { return folders_; }

 private:
  void load_named(const std::string& name);
  void load_file(const std::string& name, const std::string& path);
  std::map<std::string, std::string> files() const;

  TypeRegistry& registry_;
  std::string builtin_folder_;
  std::vector<std::string> folders_;
  std::shared_ptr<PluginLibraries> libraries_;
  std::set<std::string> loaded_;  // names of plugins
};

/// The folder of the plugins that come with netkit: ../lib/netkit/plugins from the running program's own folder.
std::string builtin_plugin_folder();

}  // namespace netkit
