#pragma once

#include <cstddef>
#include <string_view>

namespace netkit::programs {

/// A program that may run others. Options are given as their letters, then the long ones, between spaces.
struct KnownProgram {
  /// How a program comes by another one that it runs.
  enum class Kind : char {
    interpreter,  ///< Its operand is its program, or the file of it.
    wrapper,      ///< Its operands are a command.
    dispatcher,   ///< Its operand is a subcommand, which may stand here too: "git-grep".
    optional,     ///< One of its options, before or behind operands, names a program.
    open,         ///< Whatever its arguments, further ones name a program.
  };

  std::string_view names;  ///< Between spaces, without version numbers.
  Kind kind;
  std::string_view valued = " ";  ///< The options that take the next word.
  /// Of these, an interpreter's that hold the program, and others may follow; a wrapper's without which it is open.
  std::string_view text_options = " ";
  std::size_t operands = 0;  ///< Those before the ones that its kind says.
};

/// "/usr/bin/python3.11" is "python", "gcc-12" is "gcc".
std::string_view bare_name(std::string_view program);

/// Null if nothing is known of it.
const KnownProgram* find_program(std::string_view bare_name);

}  // namespace netkit::programs
