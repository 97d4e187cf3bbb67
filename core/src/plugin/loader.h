#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugin/libraries.h"
#include "plugin/registry.h"

namespace netkit {

/// Finds handlers, filters and framings by name: registered ones first, then NAME.so in the first folder that has it,
/// then all files of the folders. Main thread only.
class PluginLoader {
 public:
  /// `builtin_folder` is searched last; empty: none. Loaders that share `libraries` do not load a file twice.
  explicit PluginLoader(TypeRegistry& registry, std::string builtin_folder = {},
                        std::shared_ptr<PluginLibraries> libraries = std::make_shared<PluginLibraries>())
      : registry_(registry), builtin_folder_(std::move(builtin_folder)), libraries_(std::move(libraries)) {}

  /// Appends a folder to the search path.
  void add_folder(std::string folder);

  /// Returns the type of that name and loads its plugin if necessary. Null if nobody offers it. Throws PluginError if
  /// the file of that name exists but cannot be used.
  const HandlerType* handler(const std::string& name);
  const FilterType* filter(const std::string& name);
  const FramingType* framing(const std::string& name);

  /// The types that are registered, and those of plugins that were loaded.
  const TypeRegistry& types() const { return registry_; }

  /// Returns the library of a type from handler() or framing(), see TypeRegistry.
  std::shared_ptr<const PluginLibrary> handler_library(const std::string& name) const {
    return registry_.handler_library(name);
  }
  std::shared_ptr<const PluginLibrary> filter_library(const std::string& name) const {
    return registry_.filter_library(name);
  }
  std::shared_ptr<const PluginLibrary> framing_library(const std::string& name) const {
    return registry_.framing_library(name);
  }

  /// Returns all names that handler() or framing() would accept, for suggestions: registered ones, and files not loaded
  /// yet.
  std::vector<std::string> handler_names() const;
  std::vector<std::string> filter_names() const;
  std::vector<std::string> framing_names() const;

  /// Loads NAME.so of the first folder that has it. False if none has. Throws PluginError.
  bool load_file(const std::string& name);
  /// Loads the file at `path`. Throws PluginError.
  void load_path(const std::string& path);
  /// Loads every plugin of every folder. Returns one line per failure.
  std::vector<std::string> load_all();
  /// The files that were loaded.
  std::vector<std::string> loaded_files() const;
  /// How many files could not be loaded so far.
  std::size_t unusable() const;
  /// The names that load_file() would accept.
  std::vector<std::string> file_names() const;

  const std::vector<std::string>& folders() const { return folders_; }

 private:
  template <class Type>
  const Type* find(const std::string& name, const Type* (TypeRegistry::*registered)(const std::string&) const);
  std::map<std::string, std::string> files() const;

  TypeRegistry& registry_;
  std::string builtin_folder_;
  std::vector<std::string> folders_;
  std::shared_ptr<PluginLibraries> libraries_;
  std::map<std::string, std::string> loaded_;  // paths, each with the error of one that could not be; empty: none
};

/// Returns the folder of netkit's own plugins: ../lib/netkit/plugins, relative to the folder of the running program.
std::string builtin_plugin_folder();

}  // namespace netkit
