#pragma once

#include <string>

#include "netkit-validate/check.h"

namespace netkit::validate {

/// True for the name of a script, which a plugin of netkit's own runs.
bool is_script(const std::string& path);

/// The plugin that runs a script, with the script as an option of its types.
PluginFile plugin_of_script(const std::string& path);

/// A line for each type that can be made of the script, as `handler lua`. Throws std::runtime_error, saying why, if it
/// is good for nothing.
std::string uses_of_script(const PluginFile& file);

}  // namespace netkit::validate
