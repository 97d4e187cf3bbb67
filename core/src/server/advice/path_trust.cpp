#include "server/advice/path_trust.h"

#include <sys/stat.h>

#include <algorithm>
#include <list>
#include <system_error>

#include "base/nearest.h"
#include "config/values/file_mode.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;

std::string why_untrusted_itself(const fs::path& path, const std::vector<uid_t>& trusted) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return "";
  const std::string name = in_quotes(path.string(), path.string().size());
  if (std::find(trusted.begin(), trusted.end(), status.st_uid) == trusted.end()) {
    return name + " belongs to user " + std::to_string(status.st_uid);
  }
  constexpr mode_t kWriters = S_IWGRP | S_IWOTH;
  const bool kept_apart = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
  if (S_ISLNK(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode) ||
      (status.st_mode & kWriters) == 0 || kept_apart)
    return "";
  const char* who = (status.st_mode & S_IWOTH) != 0 ? "everybody" : "its group";
  return name + ", mode " + mode_text(status.st_mode & 0777) + ", can be written by " + who;
}

/// All that is met on the way to `path`, the folder of each link and the link too, from `/` on.
std::vector<fs::path> places_on_the_way(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as many as the kernel follows
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  std::list<fs::path> rest(absolute.begin(), absolute.end());
  std::vector<fs::path> places;
  fs::path place = "/";
  for (int links = 0; !rest.empty() && links < kMostLinks;) {
    const fs::path part = rest.front();
    rest.pop_front();
    place = part == ".." ? place.parent_path() : part.empty() || part == "." ? place : place / part;
    places.push_back(place);
    const fs::path target = fs::read_symlink(place, error);
    if (error) continue;  // it is no link
    ++links;
    place = place.parent_path();
    rest.insert(rest.begin(), target.begin(), target.end());  // an absolute one begins with "/", which replaces `place`
  }
  return places;
}

}  // namespace

std::string why_untrusted(const fs::path& path, const std::vector<uid_t>& trusted) {
  const std::vector<fs::path> places = places_on_the_way(path);
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    if (std::string why = why_untrusted_itself(*place, trusted); !why.empty()) return why;
  }
  return "";
}

}  // namespace netkit
