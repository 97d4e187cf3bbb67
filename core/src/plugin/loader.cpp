#include "plugin/loader.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace netkit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".so";

/// A file hides files of the same name in later folders.
void add_files(const std::string& folder, std::map<std::string, std::string>& found) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    if (path.extension() == kSuffix) found.emplace(path.stem().string(), path.string());
  }
}

template <class Types>
void append_names(const Types& types, std::vector<std::string>& names) {
  for (const auto& [name, type] : types) names.push_back(name);
}

}  // namespace

void PluginLoader::add_folder(std::string folder) {
  if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) folders_.push_back(std::move(folder));
}

const HandlerType* PluginLoader::handler(const std::string& name) {
  if (registry_.handler(name) == nullptr) load_named(name);
  return registry_.handler(name);
}

const FilterType* PluginLoader::filter(const std::string& name) {
  if (registry_.filter(name) == nullptr) load_named(name);
  return registry_.filter(name);
}

const FramingType* PluginLoader::framing(const std::string& name) {
  if (registry_.framing(name) == nullptr) load_named(name);
  return registry_.framing(name);
}

std::vector<std::string> PluginLoader::handler_names() const {
  std::vector<std::string> names;
  append_names(registry_.handlers(), names);
  for (const auto& [name, path] : files()) {
    if (!loaded_.contains(name)) names.push_back(name);
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
    if (loaded_.contains(name)) continue;
    try {
      load_file(name, path);
    } catch (const PluginError& error) {
      failures.emplace_back(error.what());
    }
  }
  return failures;
}

void PluginLoader::load_named(const std::string& name) {
  // The name comes from a config and must not lead out of the folder.
  if (name.empty() || name.find('/') != std::string::npos || loaded_.contains(name)) return;
  const auto found = files();
  const auto file = found.find(name);
  if (file == found.end()) return;
  load_file(name, file->second);
}

void PluginLoader::load_file(const std::string& name, const std::string& path) {
  registry_.enroll(libraries_->open(path));
  loaded_.insert(name);
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
