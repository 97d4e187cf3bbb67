#include "server/ports/socket_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "config/values/file_mode.h"
#include "server/ports/bind_error.h"

namespace netkit {
namespace {

constexpr mode_t kPermissions = 0777;

std::string text_of(const FileAccess& access) {
  return "mode " + mode_text(access.mode) + ", user " + std::to_string(access.user) + " and group " +
         std::to_string(access.group);
}

FileAccess access_of(const UniqueFd& file) {
  struct stat found {};
  ::fstat(file.get(), &found);
  return {found.st_mode & kPermissions, found.st_uid, found.st_gid};
}

/// Works on an O_PATH descriptor, which fchmod(2) rejects.
bool set_mode(const UniqueFd& file, mode_t mode) {
  return ::chmod(("/proc/self/fd/" + std::to_string(file.get())).c_str(), mode) == 0;
}

bool set_owner(const UniqueFd& file, const FileAccess& now, const FileAccess& wanted) {
  const uid_t user = now.user == wanted.user ? static_cast<uid_t>(-1) : wanted.user;
  const gid_t group = now.group == wanted.group ? static_cast<gid_t>(-1) : wanted.group;
  return ::fchownat(file.get(), "", user, group, AT_EMPTY_PATH) == 0;
}

/// At no moment can anybody connect who is not allowed both before and after.
bool change(const UniqueFd& file, const FileAccess& now, const FileAccess& wanted) {
  return set_mode(file, now.mode & wanted.mode) && set_owner(file, now, wanted) && set_mode(file, wanted.mode);
}

}  // namespace

SocketFile::SocketFile(std::string path, Keeper keeper) : path_(std::move(path)), keeper_(keeper) {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) {
    throw BindError("cannot listen on unix " + path_ + ": its file is gone");
  }
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      keeper_(other.keeper_),
      device_(other.device_),
      inode_(other.inode_),
      before_(std::exchange(other.before_, std::nullopt)) {}

SocketFile::~SocketFile() {
  if (keeper_ == Keeper::parent) restore();
  remove();
}

/// Opens the file itself, because another file may get its name.
UniqueFd SocketFile::open() const {
  UniqueFd file(::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  return ::fstat(file.get(), &found) == 0 && is_this(found) ? std::move(file) : UniqueFd();
}

bool SocketFile::is_this(const struct stat& found) const { return found.st_dev == device_ && found.st_ino == inode_; }

void SocketFile::set(const FileAccess& wanted) {
  if (path_.empty()) return;
  const std::string what = "cannot listen on unix " + path_ + ": ";
  const UniqueFd file = open();
  if (!file) throw BindError(what + "its file is gone");
  const FileAccess now = access_of(file);
  if (now == wanted) return;
  if (keeper_ == Keeper::other) {
    throw BindError(what + "found " + text_of(now) + " of a socket that was passed in, expected " + text_of(wanted) +
                    "; see SocketMode, SocketUser and SocketGroup in systemd.socket(5)");
  }
  if (!change(file, now, wanted)) {
    const int error = errno;
    change(file, access_of(file), now);
    throw BindError(what + "cannot give it " + text_of(wanted) + ": " + std::generic_category().message(error));
  }
  if (!before_) before_ = now;
}

void SocketFile::restore() {
  const std::optional<FileAccess> before = std::exchange(before_, std::nullopt);
  if (!before) return;
  if (const UniqueFd file = open()) change(file, access_of(file), *before);
}

void SocketFile::claim() {
  if (keeper_ != Keeper::parent) return;
  keeper_ = Keeper::us;
  settle();
}

void SocketFile::leave() {
  if (keeper_ == Keeper::us) keeper_ = Keeper::other;
}

std::optional<Identity> SocketFile::given_owner() const {
  if (keeper_ != Keeper::other) return std::nullopt;
  const FileAccess now = access_of(open());
  return Identity{now.user, now.group};
}

int SocketFile::remove() {
  if (!is_ours()) return 0;
  struct stat found {};
  const bool still_there = ::lstat(path_.c_str(), &found) == 0 && is_this(found);
  const int error = still_there && ::unlink(path_.c_str()) != 0 ? errno : 0;
  path_.clear();
  return error;
}

}  // namespace netkit
