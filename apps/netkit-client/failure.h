#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace netkit::client {

inline constexpr int kExitUsage = 64;     ///< EX_USAGE of sysexits.h.
inline constexpr int kExitFailure = 255;  ///< An error of the client itself; ssh uses the same status.

/// Why the program ends early: its exit status, and one line for standard error (none if empty).
struct Failure {
  std::string text;
  int status = kExitFailure;
};

/// The result of a step that depends on the peer: nothing on success.
using Outcome = std::optional<Failure>;

/// A wrong command line; exit status 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A local file, socket or config cannot be used; exit status 255.
class LocalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Returns a LocalError that says what failed and why, from errno.
LocalError system_failure(const std::string& what);

}  // namespace netkit::client
