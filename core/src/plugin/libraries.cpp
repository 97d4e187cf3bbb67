#include "plugin/libraries.h"

#include <exception>
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

}  // namespace

std::shared_ptr<const PluginLibrary> PluginLibraries::open(const std::string& file) {
  PrivateCopy copy = copy_of(file);
  std::weak_ptr<const PluginLibrary>& latest = latest_[file];
  if (std::shared_ptr<const PluginLibrary> used = latest.lock(); used && used->copy().same_content(copy)) return used;
  auto library = std::make_shared<const PluginLibrary>(file, std::move(copy));
  latest = library;
  return library;
}

}  // namespace netkit
