#pragma once

#include <optional>

#include "config/model/config.h"
#include "config/syntax/diagnostic.h"
#include "netkit/identity.h"

namespace netkit {

/// Returns an error if this process cannot become the config's `user` and `group`.
std::optional<Diagnostic> check_identity(const ServerConfig& config);

/// Switches the whole process to `identity`, irrevocably; does nothing if it is current. Throws std::system_error,
/// after which the process must exit.
void drop_privileges(const Identity& identity);

/// Keeps other processes of the same user out of this one's memory and /proc entries, and a crash from leaving a core
/// dump, unless the config is `debuggable`. Changing the user undoes it either way.
void set_debuggable(bool debuggable);

}  // namespace netkit
