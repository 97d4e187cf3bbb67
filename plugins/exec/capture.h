#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netkit/body_source.h"
#include "spool_file.h"

namespace netkit::exec {

/// What a command wrote to one of its streams, up to a bound: in memory as long as it is little, else on disk.
class Capture {
 public:
  /// Keeps `most` bytes, `in_memory` of them without a file.
  Capture(std::uint64_t most, std::uint64_t in_memory) : most_(most), in_memory_(in_memory) {}

  /// Returns false if not all of the bytes could be kept. Throws std::system_error if the disk is full.
  bool append(std::string_view bytes);

  bool empty() const { return size() == 0; }
  std::uint64_t size() const { return file_ ? file_->size() : text_.size(); }

  bool on_disk() const { return file_.has_value(); }
  const std::string& text() const { return text_; }                   ///< If it is not on disk.
  std::unique_ptr<BodySource> release() { return file_->release(); }  ///< If it is.

 private:
  std::uint64_t most_;
  std::uint64_t in_memory_;
  std::string text_;
  std::optional<SpoolFile> file_;
};

}  // namespace netkit::exec
