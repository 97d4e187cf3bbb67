#pragma once

#include <optional>

#include "netkit/account.h"
#include "netkit/plugin.h"
#include "programs/launcher_process.h"

namespace netkit::programs {

/// Decides how to start the launcher of a handler with these options. Throws OptionError, for `user` or `group`, if
/// this process may not start commands as that user.
LauncherPlan plan_launcher(const Options& options, const HandlerContext& context);

/// The account whose home and name the commands' environment has; nothing: the server's own.
std::optional<Account> account_of(const LauncherPlan& plan);

}  // namespace netkit::programs
