#pragma once

#include <string>
#include <vector>

namespace netkit {

/// How this program was started, to start its next version the same way.
struct Invocation {
  /// Makes the path absolute but does not resolve links, so that a file or link replaced since is followed.
  static Invocation of_this_program(int argc, char** argv);

  std::string path;
  std::vector<std::string> arguments;  ///< The first is the program's name as called.
};

}  // namespace netkit
