#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netkit/account.h"

namespace netkit::exec {

/// The whole environment of a command, as NAME=value: PATH, HOME, LANG, LC_*, TZ and USER as the server has them (PATH
/// in any case); HOME and USER are `account`'s if there is one; then `additions`: NAME=value sets a variable, NAME
/// passes on the server's, if it has it. Throws OptionError for the option `env`. Main thread.
std::vector<std::string> make_environment(const std::vector<std::string>& additions,
                                          const std::optional<Account>& account);

}  // namespace netkit::exec
