#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/body_source.h"
#include "netkit/budget.h"
#include "spool_file.h"

namespace netkit::exec {

/// Captures one output stream of a command up to a limit: in memory while it is small, then on disk.
class Capture {
 public:
  /// Keeps at most `most` bytes, of which at most `in_memory` in memory; the others count against `spool`, if there is
  /// one.
  Capture(std::uint64_t most, std::uint64_t in_memory, std::shared_ptr<Budget> spool)
      : most_(most), in_memory_(in_memory), spool_(std::move(spool)) {}

  /// Returns false if the limit cut the bytes. Throws std::runtime_error if the disk or the budget is full.
  bool append(std::string_view bytes);

  bool empty() const { return size() == 0; }
  std::uint64_t size() const { return file_ ? file_->size() : text_.size(); }

  bool on_disk() const { return file_.has_value(); }
  const std::string& text() const { return text_; }                   ///< Only if it is not on disk.
  std::string take_text() { return std::move(text_); }                ///< Likewise.
  std::unique_ptr<BodySource> release() { return file_->release(); }  ///< Only if it is.

 private:
  std::uint64_t most_;
  std::uint64_t in_memory_;
  std::shared_ptr<Budget> spool_;
  std::string text_;
  std::optional<SpoolFile> file_;
};

}  // namespace netkit::exec
