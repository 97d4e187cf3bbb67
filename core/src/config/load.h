#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/syntax/diagnostic.h"
#include "plugin/loader.h"

namespace netkit {

/// Reads and checks a config file: INI if its name ends in .ini, else JSON. The folders of its plugin_path are added to
/// `loader`. Appends everything that is wrong to `errors`, in the order of the file; returns the config only if nothing
/// is. Never throws for what is in the file.
std::optional<ServerConfig> load_config(const std::string& path, PluginLoader& loader, std::vector<Diagnostic>& errors);

/// The config as JSON with every default written out, valid as a config itself.
std::string print_effective(const ServerConfig& config, PluginLoader& loader);

/// Parses `type[,option=value...]` as the command line has it, e.g. length,bytes=4,endian=little. A comma or backslash
/// in a value is written with a backslash before it. Throws std::invalid_argument with one line that says what was
/// found, what was expected and the nearest valid name.
Choice parse_framing_spec(const std::string& spec, PluginLoader& loader);

/// Parses host:port or [v6]:port; a host name is resolved by the caller. Throws std::invalid_argument.
Address parse_address(const std::string& text);

}  // namespace netkit
