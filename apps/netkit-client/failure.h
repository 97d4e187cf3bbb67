#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace netkit::client {

inline constexpr int kExitUsage = 64;     ///< EX_USAGE of sysexits.h.
inline constexpr int kExitFailure = 255;  ///< An error of the client's own, as ssh has it.

/// Why the program ends early: the status it exits with, and one line for standard error (none if empty).
struct Failure {
  std::string text;
  int status = kExitFailure;
};

/// What a step that depends on the peer returns: nothing if it went well.
using Outcome = std::optional<Failure>;

/// A wrong command line: exit 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something on this machine that cannot be worked with (a file, a socket, a config): exit 255.
class LocalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A LocalError that says what failed and why, from errno.
LocalError system_failure(const std::string& what);

}  // namespace netkit::client
