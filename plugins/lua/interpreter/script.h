#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

namespace netkit::lua {

/// A script on disk: one file, and the modules in its folder and below.
class Script {
 public:
  /// Reads nothing yet.
  explicit Script(const std::string& path);

  /// The script's own file, without its folder.
  const std::string& file() const { return file_; }

  /// Compiles the script or a module, `file` being relative to the folder, and pushes the function, or an error.
  /// Returns a status of Lua.
  int compile(lua_State* state, const std::string& file) const;
  /// The file of a module, for `require`: `a.b` is a/b.lua in the folder. Throws std::invalid_argument for a name that
  /// is none.
  static std::string module_file(const std::string& name);

  /// The script and everything in its folder that it could load as a module: what a reload has to look at.
  static std::vector<std::string> files(const std::string& path);

 private:
  std::string read(const std::string& file) const;

  std::string folder_;
  std::string file_;
};

}  // namespace netkit::lua
