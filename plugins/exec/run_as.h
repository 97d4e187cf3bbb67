#pragma once

#include <optional>

#include "launcher_process.h"
#include "netkit/account.h"
#include "netkit/plugin.h"

namespace netkit::exec {

/// How the launcher of a handler with these options is started. Throws OptionError for `user` or `group` if this
/// process may not start commands as that.
LauncherPlan plan_launcher(const Options& options, const HandlerContext& context);

/// Whose home and name the environment of commands shows, if not the server's own.
std::optional<Account> account_of(const LauncherPlan& plan);

}  // namespace netkit::exec
