#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plugin/library.h"

namespace netkit {

/// The plugin libraries in use by this process. Loads a file again only if its content changed: a file replaced by an
/// identical one is the same plugin. Main thread only, but for loaded().
class PluginLibraries {
 public:
  /// One that is loaded, for people. `library` is only to be compared.
  struct Loaded {
    const PluginLibrary* library;
    std::string file;
    unsigned generation;
    std::string name;
    std::string version;
    unsigned api;  ///< See kPluginApi.
    PluginTypes types{};
  };

  /// Returns the library of `file`: the one in use if the content is unchanged, else a new generation. Throws
  /// PluginError.
  std::shared_ptr<const PluginLibrary> open(const std::string& file);

  /// Notes what a library that was opened offers.
  void note(const PluginLibrary& library, const PluginTypes& types);

  /// All that are in use, by file and generation. Any thread.
  std::vector<Loaded> loaded() const;

 private:
  struct Known {
    std::weak_ptr<const PluginLibrary> library;
    Loaded facts;
  };

  std::map<std::string, std::weak_ptr<const PluginLibrary>> latest_;  // file -> its latest generation
  mutable std::mutex mutex_;
  std::vector<Known> known_;  // guarded by mutex_
};

}  // namespace netkit
