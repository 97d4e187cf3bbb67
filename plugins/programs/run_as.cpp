#include "programs/run_as.h"

#include <filesystem>

#include "netkit/account.h"
#include "programs/launcher.h"

namespace netkit::programs {
namespace {

std::string name_in(const Options& options, const char* option) {
  return options.has(option) ? options.text(option) : std::string();
}

/// netkit-launcher is in the folder above the plugins'.
std::string launcher_program(const HandlerContext& context) {
  const std::filesystem::path plugin = std::filesystem::absolute(context.plugin_file);
  return (plugin.parent_path() / ".." / "netkit-launcher").lexically_normal().string();
}

}  // namespace

LauncherPlan plan_launcher(const Options& options, const HandlerContext& context) {
  using Privileges = LauncherPlan::Privileges;
  const Identity& server = context.identity;
  const std::string user = name_in(options, "user");
  const std::string group = name_in(options, "group");
  const std::string program = launcher_program(context);
  const std::optional<Identity> commands = find_identity(user, group, server);
  if (!commands) throw OptionError(user.empty() ? "group" : "user", "it is not known to this machine any more");
  if (*commands == current_identity() && server == *commands) return {program, Privileges::inherit, {}};
  if (*commands == server) return {program, Privileges::give_up, server};
  LauncherPlan plan{program, Privileges::keep, *commands};
  // A launcher in use was started before the server gave up root, so it needs no privileges now.
  if (Launcher::find(plan) == nullptr && !may_change_identity()) {
    throw OptionError(user.empty() ? "group" : "user",
                      "commands can be run as another user only if the server is started as root or with the "
                      "capabilities CAP_SETUID, CAP_SETGID and CAP_KILL");
  }
  return plan;
}

std::optional<Account> account_of(const LauncherPlan& plan) {
  if (plan.privileges == LauncherPlan::Privileges::inherit) return std::nullopt;
  return find_account(plan.identity.user);
}

}  // namespace netkit::programs
