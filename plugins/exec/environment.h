#pragma once

#include <string>
#include <vector>

namespace netkit::exec {

/// The whole environment of a command, as NAME=value: PATH, HOME, LANG, LC_*, TZ and USER as the server has them (PATH
/// in any case), then `additions`: NAME=value sets a variable, NAME passes on the server's, if it has it. Throws
/// OptionError for the option `env`. Main thread.
std::vector<std::string> make_environment(const std::vector<std::string>& additions);

}  // namespace netkit::exec
