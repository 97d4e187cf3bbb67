#include "server/handover/handover_parent.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace netkit {
namespace {

constexpr std::size_t kMostCause = 4000;  // fits the pipe in one piece

}  // namespace

std::optional<HandoverParent> HandoverParent::from_environment() {
  const char* variable = std::getenv(kHandoverParentVariable);
  if (variable == nullptr) return std::nullopt;
  int pid = 0;
  int fd = -1;
  const bool ours = std::sscanf(variable, "%d:%d", &pid, &fd) == 2 && pid == ::getppid();
  const bool takes_causes = std::string_view(variable).ends_with(":causes");
  ::unsetenv(kHandoverParentVariable);
  if (!ours || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
  return HandoverParent(UniqueFd(fd), takes_causes);
}

void HandoverParent::failed(std::string_view why) {
  if (!takes_causes_ || why.empty()) return;
  const std::string text = "!" + std::string(why.substr(0, kMostCause));
  [[maybe_unused]] const ssize_t written = ::write(link_.get(), text.data(), text.size());  // else it is on stderr only
}

void HandoverParent::ready() {
  // If the parent is gone, there is nobody to tell.
  if (::write(link_.get(), "r", 1) == 1) link_.reset();
}

}  // namespace netkit
