#pragma once

#include <sys/types.h>

#include <vector>

#include "netkit/identity.h"

namespace netkit {

/// While it lives, root's files are opened on this thread as another user opens them, in that one's group alone. Only
/// root makes one.
class FilesAs {
 public:
  /// Throws std::system_error.
  explicit FilesAs(const Identity& user);
  ~FilesAs();
  FilesAs(const FilesAs&) = delete;
  FilesAs& operator=(const FilesAs&) = delete;

 private:
  std::vector<gid_t> groups_;
  gid_t group_;
};

}  // namespace netkit
