#include "plugin/loader.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "plugin/library_file.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEntryPoint = "netkit_plugin";
constexpr const char* kSuffix = ".so";

/// dlerror() names the file again, sometimes twice; the caller names it once.
std::string last_dl_error(const std::string& path) {
  const char* text = ::dlerror();
  std::string message = text != nullptr ? text : "unknown error";
  const std::string prefix = path + ": ";
  while (message.starts_with(prefix)) message.erase(0, prefix.size());
  return message;
}

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw PluginError("plugin " + path + ": " + why);
}

const PluginDescriptor& describe(void* library, const std::string& path) {
  using EntryPoint = const PluginDescriptor* (*)();
  const auto entry = reinterpret_cast<EntryPoint>(::dlsym(library, kEntryPoint));
  if (entry == nullptr) {
    fail(path, std::string("has no entry point ") + kEntryPoint + "(); is it a netkit plugin (NETKIT_PLUGIN missing)?");
  }
  const PluginDescriptor* descriptor = entry();
  if (descriptor == nullptr) fail(path, std::string("its ") + kEntryPoint + "() returned null");
  if (descriptor->api != kPluginApi || descriptor->size != sizeof(PluginDescriptor)) {
    fail(path, "was built for plugin API " + std::to_string(descriptor->api) + "; this netkit has " +
                   std::to_string(kPluginApi) + ": rebuild it against these headers");
  }
  return *descriptor;
}

/// A file of an earlier folder hides one of the same name.
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
      load_file(path);
      loaded_.emplace(name, path);
    } catch (const PluginError& error) {
      failures.emplace_back(error.what());
    }
  }
  return failures;
}

void PluginLoader::load_named(const std::string& name) {
  // The name comes from a config: it must stay a file of the folder.
  if (name.empty() || name.find('/') != std::string::npos || loaded_.contains(name)) return;
  const auto found = files();
  const auto file = found.find(name);
  if (file == found.end()) return;
  load_file(file->second);
  loaded_.emplace(name, file->second);
}

void PluginLoader::load_file(const std::string& path) {
  if (const std::string damage = damage_of_library(path); !damage.empty()) fail(path, damage);
  // Bound now, so that a missing symbol is an error here and not the end of the server at the first call; local, so
  // that two plugins with a function of the same name each keep their own. Never closed: objects of it may live on.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) fail(path, last_dl_error(path));
  const PluginDescriptor& descriptor = describe(library, path);
  try {
    descriptor.enroll(registry_);
  } catch (const std::exception& error) {
    fail(path, error.what());
  } catch (...) {
    fail(path, "its enroll function threw something that is not a std::exception");
  }
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
