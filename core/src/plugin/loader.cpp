#include "plugin/loader.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/folder.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".so";

/// A file hides files of the same name in later folders.
void add_files(const std::string& folder, std::map<std::string, std::string>& found) {
  for_each_entry(folder, [&](std::string_view name) {
    const fs::path path = fs::path(folder) / name;
    if (path.extension() == kSuffix) found.emplace(path.stem().string(), path.string());
  });
}

template <class Types>
void append_names(const Types& types, std::vector<std::string>& names) {
  for (const auto& [name, type] : types) names.push_back(name);
}

}  // namespace

void PluginLoader::add_folder(std::string folder) {
  if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) folders_.push_back(std::move(folder));
}

template <class Type>
const Type* PluginLoader::find(const std::string& name,
                               const Type* (TypeRegistry::*registered)(const std::string&) const) {
  if (const Type* type = (registry_.*registered)(name)) return type;
  load_file(name);
  if (const Type* type = (registry_.*registered)(name)) return type;
  load_all();  // a plugin may offer several types; see unusable() for what cannot be loaded
  return (registry_.*registered)(name);
}

const HandlerType* PluginLoader::handler(const std::string& name) { return find(name, &TypeRegistry::handler); }
const FilterType* PluginLoader::filter(const std::string& name) { return find(name, &TypeRegistry::filter); }
const FramingType* PluginLoader::framing(const std::string& name) { return find(name, &TypeRegistry::framing); }

std::vector<std::string> PluginLoader::handler_names() const {
  std::vector<std::string> names;
  append_names(registry_.handlers(), names);
  for (const auto& [name, path] : files()) {
    if (!loaded_.contains(path)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> PluginLoader::filter_names() const {
  std::vector<std::string> names;
  append_names(registry_.filters(), names);
  return names;
}

std::vector<std::string> PluginLoader::framing_names() const {
  std::vector<std::string> names;
  append_names(registry_.framings(), names);
  return names;
}

std::vector<std::string> PluginLoader::load_all() {
  std::vector<std::string> failures;
  for (const auto& [name, path] : files()) {
    try {
      load_path(path);
    } catch (const PluginError& error) {
      failures.emplace_back(error.what());
    }
  }
  return failures;
}

bool PluginLoader::load_file(const std::string& name) {
  // The name comes from a config and must not lead out of the folder.
  if (name.empty() || name.find('/') != std::string::npos) return false;
  const auto found = files();
  const auto file = found.find(name);
  if (file == found.end()) return false;
  load_path(file->second);
  return true;
}

/// A file that cannot be loaded is not tried again: some of its types may be registered already.
void PluginLoader::load_path(const std::string& path) {
  const auto [loaded, is_new] = loaded_.emplace(path, std::string());
  if (!is_new && loaded->second.empty()) return;
  if (!is_new) throw PluginError(loaded->second);
  try {
    const std::shared_ptr<const PluginLibrary> library = libraries_->open(path);
    registry_.enroll(library);
    libraries_->note(*library, registry_.types_of(*library));
  } catch (const PluginError& error) {
    loaded->second = error.what();
    throw;
  }
}

std::vector<std::string> PluginLoader::loaded_files() const {
  std::vector<std::string> paths;
  for (const auto& [path, error] : loaded_) {
    if (error.empty()) paths.push_back(path);
  }
  return paths;
}

std::size_t PluginLoader::unusable() const {
  return static_cast<std::size_t>(
      std::count_if(loaded_.begin(), loaded_.end(), [](const auto& file) { return !file.second.empty(); }));
}

std::vector<std::string> PluginLoader::file_names() const {
  std::vector<std::string> names;
  append_names(files(), names);
  return names;
}

std::map<std::string, std::string> PluginLoader::files() const {
  std::map<std::string, std::string> found;
  for (const std::string& folder : folders_) add_files(folder, found);
  if (!builtin_folder_.empty()) add_files(builtin_folder_, found);
  return found;
}

std::string builtin_plugin_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path() / "lib/netkit/plugins").string();
}

}  // namespace netkit
