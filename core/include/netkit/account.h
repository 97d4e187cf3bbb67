#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/identity.h"

/// Users and groups of this machine, and how a process becomes one: for handlers that start programs. Link
/// netkit::account. Thread-safe but for become().
namespace netkit {

/// What the system's user database says of a user.
struct Account {
  std::string name;   ///< As one logs in.
  std::string home;   ///< The path of the home folder.
  Identity identity;  ///< With the user's first group.
};

/// Nothing if there is no such user.
std::optional<Account> find_account(const std::string& user);
/// The same by number.
std::optional<Account> find_account(std::uint32_t user);

/// Nothing if there is no such group.
std::optional<std::uint32_t> find_group(const std::string& name);

/// The identity that the options `user` and `group` ask for: an empty name stands for `unchanged`'s, except that a user
/// alone brings its first group. Nothing if there is no such user or group.
std::optional<Identity> find_identity(const std::string& user, const std::string& group, const Identity& unchanged);

/// Whom this process acts as now: its effective user and group.
Identity current_identity();

/// True if this process is root, or has the capabilities that make it root's equal in this: CAP_SETUID, CAP_SETGID.
bool may_change_identity();

/// Makes every thread of this process run as `identity`, in no further group, for good: root is no way back. Throws
/// std::system_error, after which the process must not go on.
void become(const Identity& identity);

}  // namespace netkit
