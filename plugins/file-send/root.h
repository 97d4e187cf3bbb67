#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/unique_fd.h"
#include "regular_file.h"

namespace file_send {

/// Why a file could not be opened, for the log; peers get one text for all reasons.
struct OpenFailure {
  std::string reason;
  bool operational = false;  ///< The server lacks something (descriptors, memory, disk); the name may be right.
};

/// A folder to open files in. The kernel confines each open to the folder (openat2(2) with RESOLVE_BENEATH), so no race
/// with a renamed folder or a replaced link leads out of it. Thread-safe.
class Root {
 public:
  /// Opens the folder, which stays the same even if it is renamed. `cross_mounts` also serves file systems mounted
  /// inside. Throws netkit::OptionError for `root`.
  Root(const std::string& path, bool cross_mounts);

  /// Opens the regular file of that relative name; never waits for a device or a FIFO. Nothing, and the reason in
  /// `failure`, if there is no such readable file.
  std::optional<RegularFile> open(const std::string& name, OpenFailure& failure) const;

  /// Opens it only if the kernel has the path in its cache, so that opening does not wait for the disk; else nothing.
  /// (Always nothing on kernels before 5.12.)
  std::optional<RegularFile> open_cached(const std::string& name) const;

 private:
  int open_beneath(const char* name, int flags, std::uint64_t resolve = 0) const;

  netkit::UniqueFd folder_;
  bool cross_mounts_;
};

}  // namespace file_send
