#pragma once

#include <stdexcept>
#include <string>

#include "netkit/plugin.h"
#include "plugin/private_copy.h"

namespace netkit {

/// A plugin file that cannot be used. what() is one line that names the file and says what to do.
class PluginError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One generation of a plugin: the code of its file as it was when it was loaded. Everything that was made by the
/// plugin (types, handlers, decoders, what they hand out) must be gone before the last pointer to this is, which
/// unloads it. Bound at once, so that a missing symbol is an error here and not the end of the server at the first
/// call; with local scope, so that two plugins, or two generations of one, each keep their own functions and data.
class PluginLibrary {
 public:
  /// Loads `copy`, made of `file`. Throws PluginError.
  PluginLibrary(std::string file, PrivateCopy copy);
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;

  /// Where it was loaded from: an absolute or relative path as the loader found it.
  const std::string& file() const { return file_; }
  const PrivateCopy& copy() const { return copy_; }
  /// Another number for each library the process has loaded.
  unsigned generation() const { return generation_; }

  /// Has the plugin add its types. Throws PluginError.
  void enroll(Registry& registry) const;

  /// How many libraries could not be unloaded and stay in memory: the dynamic linker does so with those that have
  /// symbols of the kind STB_GNU_UNIQUE. Any thread.
  static unsigned never_unloaded();

 private:
  [[noreturn]] void fail(const std::string& why) const;
  void unload();

  std::string file_;
  PrivateCopy copy_;
  unsigned generation_;
  void* handle_ = nullptr;
  const PluginDescriptor* descriptor_ = nullptr;
};

}  // namespace netkit
