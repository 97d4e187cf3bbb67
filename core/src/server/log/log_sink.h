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

/// Where the lines of the log go: to the end of a file, or to stderr. It never throws and never waits, whatever becomes
/// of them: when the disk is full, or the reader of a pipe gone or slow, lines are lost and counted. Writing is tried
/// again once a second at most, and the first line that gets through is preceded by `N log lines were lost`.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Puts a text in the form that the formatter expects of a message.
  using Encode = std::function<std::string(std::string_view text)>;

  /// An empty path stands for stderr. `encode` is for what the sink itself has to say. `owner` is whom root gives the
  /// file to, where there was none. Throws std::system_error if the file cannot be opened.
  LogSink(std::string path, Encode encode, std::optional<Identity> owner = {});

  /// Opens the path anew, for a file that was moved away. Throws std::system_error if that fails and goes on with the
  /// file it has. False if there is nothing to open, as it is stderr. Any thread.
  bool reopen();

  /// One more line was lost, before it came here. Any thread.
  void count_lost();

 private:
  using Clock = std::chrono::steady_clock;

  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  bool write(const spdlog::details::log_msg& message);
  bool write_loss(const spdlog::details::log_msg& next);
  bool write_bytes(std::string_view bytes);
  int fd() const;

  const std::string path_;
  const Encode encode_;
  const std::optional<Identity> owner_;
  UniqueFd file_;
  bool waits_ = false;  // something else than a regular file: writing to it may have to wait
  bool torn_ = false;   // the last line came out in part
  std::uint64_t lost_ = 0;
  Clock::time_point retry_at_{};
};

}  // namespace netkit
