#pragma once

#include <map>
#include <memory>
#include <string>

#include "plugin/library.h"

namespace netkit {

/// The plugins the process has in use, so that a file that has not changed is not loaded again. What counts is the
/// content: a file that was replaced by an equal one is the same plugin. Main thread only.
class PluginLibraries {
 public:
  /// The library of `file`: the one in use if the file is as it was, else a new generation. Throws PluginError.
  std::shared_ptr<const PluginLibrary> open(const std::string& file);

 private:
  std::map<std::string, std::weak_ptr<const PluginLibrary>> latest_;  // file -> its last generation
};

}  // namespace netkit
