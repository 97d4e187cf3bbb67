#include "netkit-bench/measurement/process_view.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

/// Returns the number on a line of a /proc file, e.g. "Rss:   1234 kB", in bytes; none if the file cannot be read.
std::optional<std::uint64_t> kilobytes_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name, 0) == 0) return std::stoull(line.substr(name.size())) * 1024;
  }
  return std::nullopt;
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
  const std::string status = folder_of(pid_) + "/status";
  // smaps_rollup counts pages, and is only for those who may look into the process; the resident size in status is for
  // everybody, and delayed on kernels since 6.2.
  std::optional<std::uint64_t> resident = kilobytes_of(folder_of(pid_) + "/smaps_rollup", "Rss:");
  if (!resident) resident = kilobytes_of(status, "VmRSS:");
  const std::optional<std::uint64_t> highest = kilobytes_of(status, "VmHWM:");
  if (!resident || !highest) throw RunError("cannot read the memory of process " + std::to_string(pid_));
  return {.resident = *resident, .highest = *highest};
}

std::size_t ProcessView::descriptors() const {
  std::error_code error;
  const std::filesystem::directory_iterator all(folder_of(pid_) + "/fd", error);
  if (error) {
    throw RunError("cannot count the descriptors of process " + std::to_string(pid_) + ": " + error.message() +
                   "; root may, or the server's user if its config has \"debuggable\": true");
  }
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace netkit::bench
