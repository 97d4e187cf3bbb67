#pragma once

#include <dirent.h>

#include <memory>
#include <string>
#include <string_view>

namespace netkit {

/// Calls `act` with the name of each entry of a folder, without `.` and `..`, in no order. False if the folder cannot
/// be opened. Unlike std::filesystem::directory_iterator, whose step is noexcept in libstdc++ 12 and allocates, it does
/// not end the program where there is no memory.
template <class Act>
bool for_each_entry(const std::string& folder, Act&& act) {
  struct Close {
    void operator()(DIR* opened) const { ::closedir(opened); }
  };
  const std::unique_ptr<DIR, Close> opened(::opendir(folder.c_str()));
  if (!opened) return false;
  while (const dirent* entry = ::readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") act(name);
  }
  return true;
}

}  // namespace netkit
