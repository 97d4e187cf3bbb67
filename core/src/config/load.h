#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "config/syntax/diagnostic.h"
#include "plugin/loader.h"

namespace netkit {

/// Reads and checks a config file: INI if its name ends in .ini, else JSON. The folders of its plugin_path are added to
/// `loader`. Appends every error to `errors`, in the order of the file; returns the config only if there is none. Never
/// throws for the contents of the file.
std::optional<ServerConfig> load_config(const std::string& path, PluginLoader& loader, std::vector<Diagnostic>& errors);

/// Reads of a config file only which plugins it has, `plugin_path` and `plugins`, and gives them to `loader`. Appends
/// every error in these to `errors`.
void load_plugins(const std::string& path, PluginLoader& loader, std::vector<Diagnostic>& errors);

/// Reads of a config file only its `admin`, if it has one. Appends every error in that to `errors`.
std::optional<AdminConfig> load_admin(const std::string& path, std::vector<Diagnostic>& errors);

}  // namespace netkit
