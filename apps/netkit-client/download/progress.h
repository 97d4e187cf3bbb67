#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace netkit::client {

/// How far a download has come.
struct Transfer {
  std::uint64_t done = 0;     ///< Bytes that are there, those of an earlier attempt included.
  std::uint64_t resumed = 0;  ///< Of these, the bytes of an earlier attempt.
  std::uint64_t total = 0;
  std::chrono::duration<double> elapsed{0};
};

/// 1.5 GiB, 17 KiB, 12 B
std::string format_bytes(std::uint64_t bytes);

/// One line of at most `width` columns: name, bar, per cent, bytes, rate and the time left. No line end.
std::string progress_line(const std::string& name, const Transfer& transfer, std::size_t width);

/// Shows the progress of one download on a terminal; elsewhere it does nothing.
class ProgressBar {
 public:
  /// `descriptor` is the terminal, usually standard error.
  ProgressBar(int descriptor, std::string name);
  /// Ends the line if one was begun.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void start(std::uint64_t resumed, std::uint64_t total);
  /// Redraws a few times a second at most.
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
