#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "netkit/body_source.h"
#include "programs/unix.h"

namespace netkit::exec {

/// A file in $TMPDIR, else in /var/tmp (/tmp is in memory on many systems). It has no name, so it is gone when its
/// descriptor closes.
class SpoolFile {
 public:
  /// Throws std::system_error; so does append().
  SpoolFile();

  void append(std::string_view bytes);
  std::uint64_t size() const { return size_; }

  /// Returns the content as the body of an answer. The spool is empty afterwards.
  std::unique_ptr<BodySource> release();

 private:
  UniqueFd file_;
  std::uint64_t size_ = 0;
};

}  // namespace netkit::exec
