#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netkit/options.h"

namespace netkit::exec {

inline constexpr int kSyntaxError = 2;  ///< The exit status of a shell that cannot read its command.

/// A message that is not run. The answer has the exit status that a shell would return.
struct Refusal {
  int status = 0;
  std::string text;  ///< One line without a line end.
};

/// The program and its arguments; empty: nothing to run.
using Words = std::vector<std::string>;

/// Decides which command a message runs. Thread-safe.
class Interpreter {
 public:
  virtual ~Interpreter() = default;

  /// `text` has no surrounding white space and no NUL.
  virtual std::variant<Words, Refusal> interpret(std::string_view text) const = 0;
};

/// Runs every message as a command line of /bin/sh.
std::unique_ptr<Interpreter> shell_interpreter();

/// The first word selects one of `commands`, a program with its first arguments; the other words are appended.
std::unique_ptr<Interpreter> named_commands(Options::Table commands);

}  // namespace netkit::exec
