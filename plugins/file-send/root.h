#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/unique_fd.h"
#include "regular_file.h"

namespace file_send {

/// Why a file could not be opened, for the server's log; peers are told the same for all of them.
struct OpenFailure {
  std::string reason;
  bool operational = false;  ///< The server's trouble (descriptors, memory, disk), not the name's.
};

/// A folder that files are opened in and never outside of. The kernel guards the border at the opening itself
/// (openat2(2) with RESOLVE_BENEATH), so no race with a renamed folder or a swapped link gets across. Thread-safe.
class Root {
 public:
  /// Opens the folder; it stays the same folder even if it is renamed. `cross_mounts` also serves other file systems
  /// mounted inside. Throws netkit::OptionError for `root`.
  Root(const std::string& path, bool cross_mounts);

  /// The regular file of that relative name; never waits for a device or a FIFO. Nothing, and the reason in `failure`,
  /// if there is none that may be read.
  std::optional<RegularFile> open(const std::string& name, OpenFailure& failure) const;

  /// The same if the kernel has the way to it in memory, so that opening waits for no disk; else nothing. (Kernels
  /// before 5.12 never do.)
  std::optional<RegularFile> open_cached(const std::string& name) const;

 private:
  int open_beneath(const char* name, int flags, std::uint64_t resolve = 0) const;

  netkit::UniqueFd folder_;
  bool cross_mounts_;
};

}  // namespace file_send
