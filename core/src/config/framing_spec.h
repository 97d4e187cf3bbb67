#pragma once

#include <string>

#include "config/readers/choice.h"
#include "plugin/loader.h"

namespace netkit {

/// Parses `type[,option=value...]` as the command line has it, e.g. length,bytes=4,endian=little. A comma or backslash
/// in a value is written with a backslash before it. Throws std::invalid_argument with one line that says what was
/// found, what was expected and the nearest valid name.
Choice parse_framing_spec(const std::string& spec, PluginLoader& loader);

}  // namespace netkit
