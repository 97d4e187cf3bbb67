#pragma once

#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "netkit/identity.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Appends the lines of the log to a file or to stderr. Never throws and never blocks: when the disk is full, or the
/// reader of a pipe is slow or gone, it drops lines and counts them. It retries at most once a second and precedes the
/// first line that gets through with `N log lines were lost`.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Makes the line about so many lost ones, as the spdlog pattern expects it.
  using LostLine = std::function<std::string(std::uint64_t lines)>;

  /// An empty path means stderr. `owner`: root opens the file as this user. Throws std::system_error if the file cannot
  /// be opened.
  LogSink(std::string path, LostLine lost_line, std::optional<Identity> owner = {});

  /// Opens the path again after the file was moved away. On failure throws std::system_error and keeps the old file.
  /// Returns false for stderr. Any thread.
  bool reopen();

  /// The descriptor of the log that was opened last, for a process that crashes. Any thread, within signal handlers.
  static int crash_descriptor();

  /// Counts a line that was lost before it reached the sink. Any thread.
  void count_lost();

 private:
  using Clock = std::chrono::steady_clock;

  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  bool write(const spdlog::details::log_msg& message);
  bool write_loss(const spdlog::details::log_msg& next);
  bool write_bytes(std::string_view bytes);
  bool take_back(std::size_t size) const;
  int fd() const;

  const std::string path_;
  const LostLine lost_line_;
  const std::optional<Identity> owner_;
  UniqueFd file_;
  bool waits_ = false;  // not a regular file: a write may block
  bool torn_ = false;   // the last line was written only in part
  std::uint64_t lost_ = 0;
  Clock::time_point retry_at_{};
};

}  // namespace netkit
