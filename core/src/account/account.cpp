#include "netkit/account.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <type_traits>
#include <vector>

namespace netkit {
namespace {

// Identity knows the C++ standard library only.
static_assert(std::is_same_v<uid_t, std::uint32_t>);
static_assert(std::is_same_v<gid_t, std::uint32_t>);

constexpr std::size_t kAccountText = 16384;  // bytes; more than any entry of the user database needs

std::optional<Account> to_account(const passwd* entry) {
  if (entry == nullptr) return std::nullopt;
  return Account{entry->pw_name, entry->pw_dir, {entry->pw_uid, entry->pw_gid}};
}

}  // namespace

std::optional<Account> find_account(const std::string& user) {
  std::vector<char> text(kAccountText);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(user.c_str(), &entry, text.data(), text.size(), &found);
  return to_account(found);
}

std::optional<Account> find_account(std::uint32_t user) {
  std::vector<char> text(kAccountText);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, text.data(), text.size(), &found);
  return to_account(found);
}

std::optional<std::uint32_t> find_group(const std::string& name) {
  std::vector<char> text(kAccountText);
  group entry{};
  group* found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->gr_gid);
}

std::optional<Identity> find_identity(const std::string& user, const std::string& group, const Identity& unchanged) {
  Identity identity = unchanged;
  if (!user.empty()) {
    const std::optional<Account> account = find_account(user);
    if (!account) return std::nullopt;
    identity = account->identity;
  }
  if (!group.empty()) {
    const std::optional<std::uint32_t> found = find_group(group);
    if (!found) return std::nullopt;
    identity.group = *found;
  }
  return identity;
}

Identity current_identity() { return {::geteuid(), ::getegid()}; }

bool may_change_identity() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  constexpr unsigned kNeeded = (1U << CAP_SETUID) | (1U << CAP_SETGID);
  return (sets[0].effective & kNeeded) == kNeeded;
}

void become(const Identity& identity) {
  const auto fail = [](const char* what) { throw std::system_error(errno, std::generic_category(), what); };
  if (::setgroups(0, nullptr) != 0) fail("setgroups");
  if (::setresgid(identity.group, identity.group, identity.group) != 0) fail("setresgid");
  if (::setresuid(identity.user, identity.user, identity.user) != 0) fail("setresuid");
  if (identity.user == 0) return;
  errno = ENOTRECOVERABLE;
  if (may_change_identity() || ::setresuid(0, 0, 0) == 0) fail("root was not given up");
}

}  // namespace netkit
