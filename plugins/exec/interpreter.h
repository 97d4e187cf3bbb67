#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netkit/options.h"

namespace netkit::exec {

/// A message that is not run. Answered with the status a shell would give.
struct Refusal {
  int status = 0;
  std::string text;  ///< One line, no line end.
};

/// The program and its arguments; no words at all mean that there is nothing to run.
using Words = std::vector<std::string>;

/// Decides what a message runs. Thread-safe.
class Interpreter {
 public:
  virtual ~Interpreter() = default;

  /// `text` has no white space around it and no NUL in it.
  virtual std::variant<Words, Refusal> interpret(std::string_view text) const = 0;
};

/// Everything is a command line of /bin/sh.
std::unique_ptr<Interpreter> shell_interpreter();

/// The first word picks one of `commands`, each a program with its first arguments; the further words are added.
std::unique_ptr<Interpreter> named_commands(Options::Table commands);

}  // namespace netkit::exec
