#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace netkit {

/// Says why users besides `trusted` could change what is at `path`, as OpenSSH's StrictModes judges it: the file, a
/// folder above it, a link on the way or a folder above that belongs to another user, or its group or others may write
/// to it. A folder with the sticky bit keeps what is in it from others. Empty: nobody could, or there is nothing yet.
std::string why_untrusted(const std::filesystem::path& path, const std::vector<uid_t>& trusted);

}  // namespace netkit
