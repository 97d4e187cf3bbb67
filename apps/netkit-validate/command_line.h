#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "netkit-validate/check.h"

namespace netkit::validate {

/// A wrong command line; exit status 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  Trial trial{};
  std::string only = "*";  ///< A pattern that the names of checks are to match.
  bool json = false;
  std::optional<std::string> notice{};  ///< Text of --help or --version: print it and exit 0. Nothing else is set.
};

/// Throws UsageError with one line.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace netkit::validate
