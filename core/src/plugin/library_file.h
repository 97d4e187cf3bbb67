#pragma once

#include <string>

namespace netkit {

/// What makes the library at `path` dangerous to load: a file that ends before what its header announces, as a broken
/// copy does, or that holds other bytes than it should, kills the process that maps it. Empty if there is nothing of
/// that kind; that it is no library at all is left to the dynamic linker, which says so.
std::string damage_of_library(const std::string& path);

}  // namespace netkit
