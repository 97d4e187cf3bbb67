#pragma once

#include <memory>

#include "netkit/plugin.h"

namespace netkit {

/// The program's log: one line a message, UTC time and level first, to stderr. Bytes that a terminal or log reader
/// could take for something else (control characters, anything beyond ASCII) are written as \xHH. Thread-safe; never
/// throws.
std::unique_ptr<Log> make_stderr_log(LogLevel least);

/// `text` with every byte that is not printable ASCII written as \xHH, and a backslash as two.
std::string escape_for_log(std::string_view text);

}  // namespace netkit
