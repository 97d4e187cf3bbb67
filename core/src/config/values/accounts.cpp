#include "config/values/accounts.h"

#include <grp.h>
#include <pwd.h>

#include "netkit/account.h"

namespace netkit {
namespace {

constexpr std::size_t kMostNames = 10000;  // a directory service may list a whole company

}  // namespace

bool is_user(const std::string& name) { return find_account(name).has_value(); }

bool is_group(const std::string& name) { return find_group(name).has_value(); }

std::vector<std::string> user_names() {
  std::vector<std::string> names;
  ::setpwent();
  for (const passwd* entry = nullptr; names.size() < kMostNames && (entry = ::getpwent()) != nullptr;) {
    names.emplace_back(entry->pw_name);
  }
  ::endpwent();
  return names;
}

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  ::setgrent();
  for (const group* entry = nullptr; names.size() < kMostNames && (entry = ::getgrent()) != nullptr;) {
    names.emplace_back(entry->gr_name);
  }
  ::endgrent();
  return names;
}

}  // namespace netkit
