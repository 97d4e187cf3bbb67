#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netkit/account.h"

namespace netkit::programs {

/// Returns the environment that all programs of a listener have, as NAME=value: PATH, HOME, LANG, LC_*, TZ and USER as
/// in the server's environment (PATH always); HOME and USER of `account` if there is one; then `additions`: NAME=value
/// sets a variable, NAME passes on the server's if it has it. Made once, with the handler. Throws OptionError for the
/// option `env`. Main thread.
std::vector<std::string> listener_environment(const std::vector<std::string>& additions,
                                              const std::optional<Account>& account);

}  // namespace netkit::programs
