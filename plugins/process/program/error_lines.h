#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "netkit/log.h"

namespace netkit::process {

/// Cuts what a program writes to standard error into lines for the log. A line may begin with `E!`, `W!`, `I!` or `D!`,
/// which says its level; others are of level info. A line that is longer than kLongest comes in pieces.
class ErrorLines {
 public:
  static constexpr std::size_t kLongest = 4096;
  using Sink = std::function<void(LogLevel level, std::string_view line)>;

  explicit ErrorLines(Sink sink) : sink_(std::move(sink)) {}

  void add(std::string_view bytes);
  /// There is no more: what is left is a line too.
  void end();

 private:
  void tell(std::string_view line);

  const Sink sink_;
  std::string kept_;
  LogLevel level_ = LogLevel::info;
  bool continued_ = false;  // the next piece belongs to the same line
};

}  // namespace netkit::process
