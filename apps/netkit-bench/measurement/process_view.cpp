#include "netkit-bench/measurement/process_view.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

/// Returns the number on a line of a /proc file, e.g. "Rss:   1234 kB", in bytes.
std::uint64_t kilobytes_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name, 0) == 0) return std::stoull(line.substr(name.size())) * 1024;
  }
  throw RunError("cannot read " + name + " of " + path);
}

std::string folder_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

/// Reads the 14th field of /proc/PID/stat (proc(5)). The second field may contain blanks and brackets.
Duration user_time_of(pid_t pid) {
  std::ifstream file(folder_of(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t ticks = 0;
  if (!(fields >> ticks)) throw RunError("cannot read " + folder_of(pid) + "/stat");
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(ticks)) / ::sysconf(_SC_CLK_TCK);
}

}  // namespace

ProcessView::ProcessView(pid_t pid) : pid_(pid) {
  errno = ::clock_getcpuclockid(pid, &clock_);
  if (errno != 0) throw system_error("--server-pid " + std::to_string(pid));
}

ProcessView::Cpu ProcessView::cpu() const {
  timespec used{};
  if (::clock_gettime(clock_, &used) != 0) throw system_error("process " + std::to_string(pid_) + " of the server");
  return {.all = std::chrono::seconds(used.tv_sec) + Duration(used.tv_nsec), .user = user_time_of(pid_)};
}

ProcessView::Memory ProcessView::memory() const {
  // smaps_rollup counts pages; the resident size in status is delayed on kernels since 6.2.
  return {.resident = kilobytes_of(folder_of(pid_) + "/smaps_rollup", "Rss:"),
          .highest = kilobytes_of(folder_of(pid_) + "/status", "VmHWM:")};
}

std::size_t ProcessView::descriptors() const {
  const std::filesystem::directory_iterator all(folder_of(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace netkit::bench
