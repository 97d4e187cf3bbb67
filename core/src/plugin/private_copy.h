#pragma once

#include <string>

#include "netkit/unique_fd.h"

namespace netkit {

/// A snapshot of a file in this process's memory: code loaded from it does not change when the file does. While the
/// copy lives it has a path, /proc/PID/fd/N, that no other copy has.
class PrivateCopy {
 public:
  /// Copies a regular file. Throws std::system_error, or std::runtime_error if `file` is not a regular file.
  explicit PrivateCopy(const std::string& file);

  /// A path that other programs can open too: a debugger, the symbolizer of a sanitizer.
  const std::string& path() const { return path_; }

  bool same_content(const PrivateCopy& other) const;

  /// Keeps the copy and its path until the process ends.
  void keep_for_ever() { copy_.release(); }

 private:
  UniqueFd copy_;
  std::string path_;
};

}  // namespace netkit
