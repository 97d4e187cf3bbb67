#include "program/error_lines.h"

#include <algorithm>
#include <array>
#include <utility>

namespace netkit::process {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kPrefixes = {
    {{"E!", LogLevel::error}, {"W!", LogLevel::warning}, {"I!", LogLevel::info}, {"D!", LogLevel::debug}}};

/// Takes the prefix off a line and returns its level.
LogLevel take_level(std::string_view& line) {
  for (const auto& [prefix, level] : kPrefixes) {
    if (!line.starts_with(prefix)) continue;
    line.remove_prefix(prefix.size());
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
    return level;
  }
  return LogLevel::info;
}

}  // namespace

void ErrorLines::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::size_t room = kLongest - kept_.size();
    const std::size_t count = std::min({newline, bytes.size(), room});
    kept_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (count == newline) {
      bytes.remove_prefix(1);
      end();
    } else if (kept_.size() == kLongest) {
      tell(kept_);
      kept_.clear();
      continued_ = true;
    }
  }
}

void ErrorLines::end() {
  if (!kept_.empty()) tell(kept_);
  kept_.clear();
  continued_ = false;
}

void ErrorLines::tell(std::string_view line) {
  if (!continued_) level_ = take_level(line);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  sink_(level_, line);
}

}  // namespace netkit::process
