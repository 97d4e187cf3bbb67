#pragma once

#include <string>
#include <vector>

#include "netkit/options.h"

namespace netkit {

/// Reads an option's value from the text a config or command line has for it; a list is written a, b, "c, d". Throws
/// std::invalid_argument, what() saying what was found, what was expected and the nearest valid choice. A table has no
/// such text.
Options::Value parse_option(const OptionSpec& spec, const std::string& text);

/// Sets each option that is still unset and has a default. Lists and tables without a default become empty. Throws
/// std::logic_error if a default does not fit its own spec: a bug in the plugin.
void fill_defaults(const std::vector<OptionSpec>& specs, Options& options);

/// The value as a config would write it: the inverse of parse_option(), sizes and durations in their largest whole
/// unit. Throws std::logic_error for a table.
std::string format_option(const OptionSpec& spec, const Options::Value& value);

/// Null if there is no such option.
const OptionSpec* find_spec(const std::vector<OptionSpec>& specs, const std::string& name);

std::vector<std::string> spec_names(const std::vector<OptionSpec>& specs);

}  // namespace netkit
