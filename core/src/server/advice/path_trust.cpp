#include "server/advice/path_trust.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/nearest.h"
#include "config/values/file_mode.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

std::string why_untrusted_itself(const fs::path& path, const std::vector<uid_t>& trusted) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "";
  const std::string name = in_quotes(path.string(), path.string().size());
  if (std::find(trusted.begin(), trusted.end(), status.st_uid) == trusted.end()) {
    return name + " belongs to user " + std::to_string(status.st_uid);
  }
  constexpr mode_t kWriters = S_IWGRP | S_IWOTH;
  const bool kept_apart = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
  if (S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode) || (status.st_mode & kWriters) == 0 || kept_apart) return "";
  const char* who = (status.st_mode & S_IWOTH) != 0 ? "everybody" : "its group";
  return name + ", mode " + mode_text(status.st_mode & 0777) + ", can be written by " + who;
}

}  // namespace

std::string why_untrusted(const fs::path& path, const std::vector<uid_t>& trusted) {
  std::error_code error;
  fs::path place = fs::weakly_canonical(path, error);
  if (error) return "";
  for (;; place = place.parent_path()) {
    if (std::string why = why_untrusted_itself(place, trusted); !why.empty()) return why;
    if (!place.has_relative_path()) return "";
  }
}

}  // namespace netkit
