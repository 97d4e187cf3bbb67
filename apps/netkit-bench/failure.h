#pragma once

#include <stdexcept>
#include <string>

namespace netkit::bench {

inline constexpr int kExitUsage = 64;   ///< EX_USAGE of sysexits.h.
inline constexpr int kExitFailure = 1;  ///< A wrong answer, a server that is gone, anything else that ends a run.

/// A wrong command line: exit 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What ends a run: a wrong answer, a server that is gone or silent, a socket that cannot be made. Exit 1.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A RunError that says what failed and why, from errno.
RunError system_error(const std::string& what);

}  // namespace netkit::bench
