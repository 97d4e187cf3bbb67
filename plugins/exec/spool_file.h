#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "netkit/body_source.h"
#include "unix.h"

namespace netkit::exec {

/// Bytes kept on disk: a file in $TMPDIR, else /var/tmp (/tmp is memory on many systems), that has no name any more and
/// so is gone with its descriptor.
class SpoolFile {
 public:
  /// Throws std::system_error, as append() does.
  SpoolFile();

  void append(std::string_view bytes);
  std::uint64_t size() const { return size_; }

  /// The bytes as an answer's body. Ends the spool.
  std::unique_ptr<BodySource> release();

 private:
  UniqueFd file_;
  std::uint64_t size_ = 0;
};

}  // namespace netkit::exec
