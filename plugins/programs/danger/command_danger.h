#pragma once

#include <string>
#include <vector>

#include "netkit/options.h"

namespace netkit::programs {

/// Says that one of the named commands runs whatever program its further arguments name or contain, which come from
/// the peer: a shell without a script, `env`, `ssh`. Empty: none does. Judges programs that it knows by name; it is
/// meant to find mistakes, not an operator's intent.
std::string danger_of_commands(const Options::Table& commands);

/// The same of a program that runs what comes by its standard input: a shell or an interpreter without a script.
std::string danger_of_input(const std::vector<std::string>& command);

}  // namespace netkit::programs
