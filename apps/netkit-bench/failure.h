#pragma once

#include <stdexcept>
#include <string>

namespace netkit::bench {

inline constexpr int kExitUsage = 64;   ///< EX_USAGE of sysexits.h.
inline constexpr int kExitFailure = 1;  ///< A wrong answer, a lost server, or anything else that ends a run.

/// A wrong command line; exit status 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ends a run: a wrong answer, a lost or silent server, a socket that cannot be made. Exit status 1.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// There is no way to the server.
class ConnectError : public RunError {
 public:
  using RunError::RunError;
};

/// Returns a RunError that says what failed and why, from errno.
RunError system_error(const std::string& what);

}  // namespace netkit::bench
