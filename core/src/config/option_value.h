#pragma once

#include <string>
#include <vector>

#include "netkit/options.h"

namespace netkit {

/// Reads an option's value from the text a config or command line has for it. Throws std::invalid_argument, what()
/// saying what was found, what was expected and the nearest valid choice. Lists and tables cannot be written so.
Options::Value parse_option(const OptionSpec& spec, const std::string& text);

/// Sets each option that is still unset and has a default. Lists and tables without a default become empty.
void fill_defaults(const std::vector<OptionSpec>& specs, Options& options);

/// The value as a config would write it: the inverse of parse_option(), sizes and durations in their largest whole
/// unit.
std::string format_option(const OptionSpec& spec, const Options::Value& value);

}  // namespace netkit
