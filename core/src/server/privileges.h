#pragma once

#include <optional>

#include "config/config.h"
#include "config/syntax/diagnostic.h"
#include "netkit/identity.h"

namespace netkit {

/// What is wrong with the config's `user` and `group`, if this process cannot become that.
std::optional<Diagnostic> check_identity(const ServerConfig& config);

/// Makes the whole process run as `identity`, for good; nothing if it does already. Throws std::system_error, after
/// which the process must end.
void drop_privileges(const Identity& identity);

}  // namespace netkit
