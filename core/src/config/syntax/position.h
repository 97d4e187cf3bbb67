#pragma once

#include <string>

namespace netkit {

/// A place in a config file; line and column count from 1, columns in bytes.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

}  // namespace netkit
