#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "netkit-validate/outcome.h"

namespace netkit::validate {

/// Runs `check` in a child process and returns what came of it: failed, if it threw, died, ended the process or was not
/// over in time. What it writes to standard output and standard error is dropped. Throws std::system_error.
Outcome run_in_child(const std::function<std::string()>& check, std::chrono::milliseconds limit);

}  // namespace netkit::validate
