#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace netkit {

/// What errno stands for.
inline std::string errno_text() { return std::generic_category().message(errno); }

/// A call on a non-blocking socket has failed for now only.
inline bool may_try_again() { return errno == EAGAIN || errno == EINTR; }

}  // namespace netkit
