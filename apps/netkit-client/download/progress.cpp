#include "netkit-client/download/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "netkit-client/output/terminal_text.h"

namespace netkit::client {
namespace {

constexpr std::size_t kLongestBar = 40;
constexpr std::size_t kShortestBar = 5;
constexpr std::chrono::milliseconds kRedraw{100};

std::string format_time(double seconds) {
  if (!std::isfinite(seconds) || seconds >= 360000.0) return "--:--";
  const auto left = static_cast<unsigned long>(std::lround(seconds));
  char text[32];
  if (left < 3600) {
    std::snprintf(text, sizeof text, "%02lu:%02lu", left / 60, left % 60);
  } else {
    std::snprintf(text, sizeof text, "%lu:%02lu:%02lu", left / 3600, left / 60 % 60, left % 60);
  }
  return text;
}

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

std::size_t columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string progress_line(const std::string& name, const Transfer& transfer, std::size_t width) {
  const bool all = transfer.done >= transfer.total;
  const double share = all ? 1.0 : static_cast<double>(transfer.done) / static_cast<double>(transfer.total);
  const double rate = static_cast<double>(transfer.done - transfer.resumed) / std::max(transfer.elapsed.count(), 0.001);
  const double left = all ? 0.0 : static_cast<double>(transfer.total - transfer.done) / rate;
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3d%%", static_cast<int>(share * 100));

  const std::string figures = std::string(percent) + "  " + format_bytes(transfer.done) + " of " +
                              format_bytes(transfer.total) + "  " + format_bytes(static_cast<std::uint64_t>(rate)) +
                              "/s  " + format_time(left);
  const std::size_t taken = name.size() + 2 + figures.size() + 2;
  std::string line = name + "  ";
  if (width >= taken + kShortestBar + 2) line += bar(share, std::min(kLongestBar, width - taken - 2)) + "  ";
  line += figures;
  return line.size() <= width ? line : figures.substr(0, width);
}

ProgressBar::ProgressBar(int descriptor, const std::string& name)
    : descriptor_(descriptor), name_(terminal_text(name)), shown_(is_terminal(descriptor)) {}

ProgressBar::~ProgressBar() { finish(); }

void ProgressBar::start(std::uint64_t resumed, std::uint64_t total) {
  transfer_ = {.done = resumed, .resumed = resumed, .total = total, .elapsed = {}};
  begin_ = Clock::now();
  if (shown_) draw(begin_);
}

void ProgressBar::advance(std::uint64_t bytes) {
  transfer_.done += bytes;
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - drawn_ >= kRedraw) draw(now);
}

void ProgressBar::finish() {
  if (!line_open_) return;
  draw(Clock::now());
  ::dprintf(descriptor_, "\n");
  line_open_ = false;
}

void ProgressBar::draw(Clock::time_point now) {
  transfer_.elapsed = now - begin_;
  // Leaves one column free, because some terminals wrap a full line. The escape sequence clears the rest of the line.
  ::dprintf(descriptor_, "\r%s\033[K", progress_line(name_, transfer_, columns(descriptor_) - 1).c_str());
  drawn_ = now;
  line_open_ = true;
}

}  // namespace netkit::client
