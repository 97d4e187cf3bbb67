#include "programs/launcher/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "programs/unix.h"

namespace netkit::programs {

void keep_only_identity_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) throw_errno("capget");
  constexpr unsigned kKept = (1U << CAP_SETUID) | (1U << CAP_SETGID) | (1U << CAP_KILL);
  sets[0] = {sets[0].effective & kKept, sets[0].permitted & kKept, 0};
  sets[1] = {};
  if (::syscall(SYS_capset, &header, sets.data()) != 0) throw_errno("capset");
}

}  // namespace netkit::programs
