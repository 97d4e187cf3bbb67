#include "server/log/files_as.h"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace netkit {
namespace {

/// Of this thread alone, unlike setgroups(3).
bool set_groups(const std::vector<gid_t>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  groups.resize(static_cast<std::size_t>(::getgroups(static_cast<int>(groups.size()), groups.data())));
  return groups;
}

}  // namespace

FilesAs::FilesAs(const Identity& user) : groups_(own_groups()), group_(::getegid()) {
  if (!set_groups({})) throw std::system_error(errno, std::generic_category(), "setgroups");
  ::setfsgid(user.group);
  ::setfsuid(user.user);  // the kernel takes root's rights over files away with it
}

FilesAs::~FilesAs() {
  ::setfsuid(::geteuid());
  ::setfsgid(group_);
  set_groups(groups_);
}

}  // namespace netkit
