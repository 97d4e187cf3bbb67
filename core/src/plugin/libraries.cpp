#include "plugin/libraries.h"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

namespace netkit {
namespace {

PrivateCopy copy_of(const std::string& file) {
  try {
    return PrivateCopy(file);
  } catch (const std::exception& error) {
    throw PluginError("plugin " + file + ": " + error.what());
  }
}

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

}  // namespace

std::shared_ptr<const PluginLibrary> PluginLibraries::open(const std::string& file) {
  PrivateCopy copy = copy_of(file);
  std::weak_ptr<const PluginLibrary>& latest = latest_[file];
  if (std::shared_ptr<const PluginLibrary> used = latest.lock(); used && used->copy().same_content(copy)) return used;
  auto library = std::make_shared<const PluginLibrary>(file, std::move(copy));
  latest = library;
  const PluginDescriptor& plugin = library->descriptor();
  const Loaded facts{library.get(),           file,      library->generation(), text_of(plugin.name),
                     text_of(plugin.version), plugin.api};
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [](const Known& one) { return one.library.expired(); });
  known_.push_back({library, facts});
  return library;
}

void PluginLibraries::note(const PluginLibrary& library, const PluginTypes& types) {
  const std::lock_guard lock(mutex_);
  for (Known& one : known_) {
    if (one.facts.library == &library && !one.library.expired()) one.facts.types = types;
  }
}

std::vector<PluginLibraries::Loaded> PluginLibraries::loaded() const {
  std::vector<Loaded> all;
  {
    const std::lock_guard lock(mutex_);
    for (const Known& one : known_) {
      if (!one.library.expired()) all.push_back(one.facts);
    }
  }
  std::sort(all.begin(), all.end(), [](const Loaded& a, const Loaded& b) {
    return std::tie(a.file, a.generation) < std::tie(b.file, b.generation);
  });
  return all;
}

}  // namespace netkit
