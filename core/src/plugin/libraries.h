#pragma once

#include <map>
#include <memory>
#include <string>

#include "plugin/library.h"

namespace netkit {

/// The plugin libraries in use by this process. Loads a file again only if its content changed: a file replaced by an
/// identical one is the same plugin. Main thread only.
class PluginLibraries {
 public:
  /// Returns the library of `file`: the one in use if the content is unchanged, else a new generation. Throws
  /// PluginError.
  std::shared_ptr<const PluginLibrary> open(const std::string& file);

 private:
  std::map<std::string, std::weak_ptr<const PluginLibrary>> latest_;  // file -> its latest generation
};

}  // namespace netkit
