#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "plugin/registry.h"

namespace netkit {

/// A plugin file that cannot be used. what() is one line that names the file and says what to do.
class PluginError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Finds handlers and framings by name: built-in ones first, else by loading NAME.so from the first folder that has
/// it. Libraries are bound at once and with local scope, and stay loaded for the life of the process. Main thread only.
class PluginLoader {
 public:
  /// `builtin_folder` is searched last; empty: there is none.
  explicit PluginLoader(TypeRegistry& registry, std::string builtin_folder = {})
      : registry_(registry), builtin_folder_(std::move(builtin_folder)) {}

  /// Adds a folder to search, behind those added before.
  void add_folder(std::string folder);

  /// The type of that name, its plugin loaded if need be. Null if neither the registry nor a folder has it, or if the
  /// plugin of that name does not offer it; throws PluginError if the file is there but cannot be used.
  const HandlerType* handler(const std::string& name);
  const FramingType* framing(const std::string& name);

  /// All names that could be given to handler() or framing(), for suggestions: what is registered, and the files that
  /// are there but not yet loaded.
  std::vector<std::string> handler_names() const;
  std::vector<std::string> framing_names() const;

  /// Loads every plugin of every folder; returns a line for each that could not be.
  std::vector<std::string> load_all();

  const std::vector<std::string>& folders() const { return folders_; }

 private:
  void load_named(const std::string& name);
  void load_file(const std::string& path);
  std::map<std::string, std::string> files() const;

  TypeRegistry& registry_;
  std::string builtin_folder_;
  std::vector<std::string> folders_;
  std::map<std::string, std::string> loaded_;  // plugin name -> file
};

/// The folder of the plugins that come with netkit: ../lib/netkit/plugins from the running program's own folder.
std::string builtin_plugin_folder();

}  // namespace netkit
