#include "server/descriptor_room.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>

#include "netkit/unique_fd.h"

namespace netkit {
namespace {

constexpr std::uint64_t kOthers = 256;  // listening sockets, files, pipes of commands

}  // namespace

void make_room_for_descriptors(std::uint64_t connections) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return;
  const std::uint64_t highest = std::min<std::uint64_t>(allowed.rlim_cur, connections + kOthers) - 1;
  // If this fails, the table grows step by step.
  const UniqueFd any(::eventfd(0, EFD_CLOEXEC));
  if (any) UniqueFd(::fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(highest)));
}

}  // namespace netkit
