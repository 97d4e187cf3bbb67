#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "netkit/unique_fd.h"

namespace netkit::programs {

[[noreturn]] inline void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Wraps the result of a system call. Throws std::system_error if it failed.
inline UniqueFd checked_descriptor(int result, const char* what) {
  if (result < 0) throw_errno(what);
  return UniqueFd(result);
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Both ends are close-on-exec. Throws std::system_error.
inline Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace netkit::programs
