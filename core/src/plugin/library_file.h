#pragma once

#include <string>

namespace netkit {

/// Says why the library at `path` is dangerous to load, else returns an empty string. Mapping a file that is shorter
/// than its header says, or whose bytes are damaged, can kill the process. Does not report a file that is no library at
/// all: the dynamic linker does.
std::string damage_of_library(const std::string& path);

}  // namespace netkit
