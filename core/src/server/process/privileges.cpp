#include "server/process/privileges.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "netkit/account.h"

namespace netkit {
std::optional<Diagnostic> check_identity(const ServerConfig& config) {
  if (!config.identity || *config.identity == current_identity()) return std::nullopt;
  // Requires root, not just the capabilities: the kernel leaves some capabilities to a process that changes from a user
  // other than root.
  if (::geteuid() == 0 && may_change_identity()) return std::nullopt;
  const char* key = config.user.empty() ? "group" : "user";
  const std::string& name = config.user.empty() ? config.group : config.user;
  return Diagnostic{config.identity_where, std::string("'") + key + "': only root can become '" + name +
                                               "'; start the server as root, or as that from the start"};
}

void drop_privileges(const Identity& identity) {
  if (identity != current_identity()) become(identity);
}

void set_debuggable(bool debuggable) { ::prctl(PR_SET_DUMPABLE, debuggable ? 1 : 0); }

}  // namespace netkit
