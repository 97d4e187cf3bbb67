#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "netkit/plugin.h"
#include "plugin/private_copy.h"

namespace netkit {

/// A plugin file cannot be used. what() is one line that names the file and says what to do.
class PluginError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The names of what a plugin offers.
struct PluginTypes {
  std::vector<std::string> handlers{};
  std::vector<std::string> filters{};
  std::vector<std::string> framings{};
};

/// One generation of a plugin: a snapshot of its code when it was loaded. The last pointer to it unloads the code, so
/// everything from the plugin (types, handlers, decoders and what they return) must be destroyed before. All symbols
/// are bound at load time: a missing one is an error then and does not kill the server at the first call. Their scope
/// is local: two plugins, or two generations of one, do not share functions or data.
class PluginLibrary {
 public:
  /// Loads `copy`, a copy of `file`. Throws PluginError.
  PluginLibrary(std::string file, PrivateCopy copy);
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;

  /// The path that the loader found it at, absolute or relative.
  const std::string& file() const { return file_; }
  const PrivateCopy& copy() const { return copy_; }
  /// What the plugin says of itself.
  const PluginDescriptor& descriptor() const { return *descriptor_; }
  /// A number unique to this library in the process.
  unsigned generation() const { return generation_; }

  /// Calls the plugin's enroll function, which adds its types to `registry`. Throws PluginError.
  void enroll(Registry& registry) const;

  /// Says what is called in it for each message, for reports of crashes; the text must outlive it.
  void set_calls(const char* calls) const;

  /// Number of libraries that could not be unloaded and stay in memory. The dynamic linker keeps those with symbols of
  /// type STB_GNU_UNIQUE. Any thread.
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
