#pragma once

#include <string>

#include "netkit/unique_fd.h"

namespace netkit {

/// The bytes of a file as they were at one moment, in memory of our own: whatever happens to the file afterwards, what
/// was loaded from here stays as it is. It has a path for as long as it lives, /proc/PID/fd/N, that no other copy has.
class PrivateCopy {
 public:
  /// Copies a regular file. Throws std::system_error, or std::runtime_error if `file` is of another kind.
  explicit PrivateCopy(const std::string& file);

  /// The name by which others open it too: a debugger, the symbolizer of a sanitizer.
  const std::string& path() const { return path_; }

  bool same_content(const PrivateCopy& other) const;

  /// Keeps the copy, and with it its name, to the end of the process.
  void keep_for_ever() { copy_.release(); }

 private:
  UniqueFd copy_;
  std::string path_;
};

}  // namespace netkit
