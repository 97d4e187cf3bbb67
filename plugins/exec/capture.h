#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json_text.h"
#include "netkit/body_source.h"
#include "netkit/budget.h"
#include "spool_file.h"

namespace netkit::exec {

/// How captured bytes are kept.
enum class Form : std::uint8_t {
  plain,  ///< As they are.
  json,   ///< As the inside of a JSON string.
};

/// Captures one output stream of a command up to a limit: in memory while it is small, then on disk. The bytes get
/// their form as they come, so that nobody has to wait for that at the end.
class Capture {
 public:
  /// Takes at most `most` bytes. Of what is kept of them at most `in_memory` stands in memory; more than that is on
  /// disk and counts against `spool`, if there is one.
  Capture(std::uint64_t most, std::uint64_t in_memory, std::shared_ptr<Budget> spool, Form form)
      : most_(most), in_memory_(in_memory), spool_(std::move(spool)), form_(form) {}

  /// Returns false if the limit cut the bytes. Throws std::runtime_error if the disk or the budget is full.
  bool append(std::string_view bytes);
  /// No more bytes follow. Throws likewise.
  void end();

  bool empty() const { return size_ == 0; }
  /// How many bytes it has taken.
  std::uint64_t size() const { return size_; }

  bool on_disk() const { return file_.has_value(); }
  std::string take_text() { return std::move(text_); }                ///< Only if it is not on disk.
  std::unique_ptr<BodySource> release() { return file_->release(); }  ///< Only if it is.

 private:
  void keep(std::string_view bytes);

  std::uint64_t most_;
  std::uint64_t in_memory_;
  std::shared_ptr<Budget> spool_;
  Form form_;
  JsonText json_;
  std::uint64_t size_ = 0;
  std::string text_;
  std::optional<SpoolFile> file_;
};

}  // namespace netkit::exec
