#pragma once

#include <string>
#include <vector>

#include "config/syntax/position.h"

namespace netkit {

/// One error in a config. Written as FILE:LINE:COLUMN: error: TEXT
struct Diagnostic {
  Position where;             ///< Line 0: the file as a whole.
  std::string text;           ///< What was found, what was expected, the nearest valid name.
  std::string unknown_key{};  ///< The key at `where`, if the error is that there is no such key at its level.
};
std::string to_string(const Diagnostic& diagnostic);

using Diagnostics = std::vector<Diagnostic>;

/// Puts diagnostics into the order of the file and drops repeated ones: the same text at the same place.
void sort_diagnostics(Diagnostics& diagnostics);

}  // namespace netkit
