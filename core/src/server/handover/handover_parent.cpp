#include "server/handover/handover_parent.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace netkit {

std::optional<HandoverParent> HandoverParent::from_environment() {
  const char* variable = std::getenv(kHandoverParentVariable);
  if (variable == nullptr) return std::nullopt;
  int pid = 0;
  int fd = -1;
  const bool ours = std::sscanf(variable, "%d:%d", &pid, &fd) == 2 && pid == ::getppid();
  ::unsetenv(kHandoverParentVariable);
  if (!ours || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
  return HandoverParent(UniqueFd(fd));
}

void HandoverParent::ready() {
  // If the parent is gone, there is nobody to tell.
  if (::write(link_.get(), "r", 1) == 1) link_.reset();
}

}  // namespace netkit
