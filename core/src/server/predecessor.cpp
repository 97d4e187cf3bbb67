#include "server/predecessor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace netkit {

std::optional<Predecessor> Predecessor::from_environment() {
  const char* variable = std::getenv(kPredecessorVariable);
  if (variable == nullptr) return std::nullopt;
  int pid = 0;
  int fd = -1;
  const bool ours = std::sscanf(variable, "%d:%d", &pid, &fd) == 2 && pid == ::getppid();
  ::unsetenv(kPredecessorVariable);
  if (!ours || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
  return Predecessor(UniqueFd(fd));
}

void Predecessor::ready() {
  // If it is gone, there is nobody left to tell.
  if (::write(link_.get(), "r", 1) == 1) link_.reset();
}

}  // namespace netkit
