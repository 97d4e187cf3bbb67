#include "server/process/descriptor_room.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>

#include "netkit/unique_fd.h"

namespace netkit {
namespace {

constexpr std::uint64_t kOthers = 256;  // listening sockets, the log, some files and pipes of commands

}  // namespace

std::string make_room_for_descriptors(std::uint64_t connections) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return "";
  // A second one for each where the system gives so many: its handler may send a file, or connect onward.
  const rlimit raised{std::min<rlim_t>(allowed.rlim_max, 2 * connections + kOthers), allowed.rlim_max};
  if (allowed.rlim_cur < raised.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) allowed = raised;
  const std::uint64_t highest = std::min<std::uint64_t>(allowed.rlim_cur, connections + kOthers) - 1;
  // If this fails, the table grows step by step.
  const UniqueFd any(::eventfd(0, EFD_CLOEXEC));
  if (any) UniqueFd(::fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(highest)));
  if (allowed.rlim_cur >= connections + kOthers) return "";
  return "limits.connections is " + std::to_string(connections) + ", which takes " +
         std::to_string(connections + kOthers) + " descriptors (one each, and " + std::to_string(kOthers) +
         " for all else; a file that is sent and a program that runs take more), but RLIMIT_NOFILE allows " +
         std::to_string(allowed.rlim_cur);
}

}  // namespace netkit
