#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "netkit/unique_fd.h"

namespace file_send {

/// Identifies a file and its state. Times are nanoseconds since 1970 by the system's clock.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;  ///< Time of the last change (ctime), which no program can set.
  // clang-tidy 14 reports a literal 0 here.
  auto operator<=>(const FileStamp&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// A regular file open for reading, and its state when it was opened. Reads do not use the file position, so threads
/// may read in parallel.
class RegularFile {
 public:
  /// Takes ownership. Nothing if the descriptor is not of a regular file.
  static std::optional<RegularFile> adopt(netkit::UniqueFd descriptor);

  int descriptor() const { return descriptor_.get(); }
  const FileStamp& stamp() const { return stamp_; }
  std::uint64_t size() const { return stamp_.size; }

  /// Fills `into` from `offset`; returns less only at the end of the file. Throws std::system_error.
  std::size_t read(std::span<char> into, std::uint64_t offset) const;

  /// Returns the whole content if it can be read without waiting for the disk.
  std::optional<std::string> read_in_memory() const;

  /// True if the content is certainly the same as at the opening.
  bool unchanged() const;

 private:
  RegularFile(netkit::UniqueFd descriptor, const FileStamp& stamp, std::uint64_t links)
      : descriptor_(std::move(descriptor)), stamp_(stamp), links_(links) {}

  netkit::UniqueFd descriptor_;
  FileStamp stamp_;
  std::uint64_t links_;
};

}  // namespace file_send
