#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace netkit::client {

/// The state of a download.
struct Transfer {
  std::uint64_t done = 0;     ///< Bytes received, including those of an earlier attempt.
  std::uint64_t resumed = 0;  ///< Bytes of an earlier attempt.
  std::uint64_t total = 0;
  std::chrono::duration<double> elapsed{0};
};

/// 1.5 GiB, 17 KiB, 12 B
std::string format_bytes(std::uint64_t bytes);

/// Formats one line of at most `width` columns: name, bar, per cent, bytes, rate and time left. No line end.
std::string progress_line(const std::string& name, const Transfer& transfer, std::size_t width);

/// Shows the progress of a download on a terminal; does nothing elsewhere.
class ProgressBar {
 public:
  /// `descriptor` should be a terminal, usually standard error; -1: shows nothing.
  ProgressBar(int descriptor, const std::string& name);
  /// Ends the line if one was started.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void start(std::uint64_t resumed, std::uint64_t total);
  /// Redraws at most a few times a second.
  void advance(std::uint64_t bytes);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  const int descriptor_;
  const std::string name_;
  const bool shown_;
  Transfer transfer_;
  Clock::time_point begin_;
  Clock::time_point drawn_;
  bool line_open_ = false;
};

}  // namespace netkit::client
