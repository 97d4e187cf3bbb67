#include "root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "netkit/options.h"

namespace file_send {
namespace {

/// How often to retry opening a file while a folder above it is being renamed.
constexpr int kAttempts = 16;
/// Non-blocking, so that opening a FIFO returns at once; it is then rejected.
constexpr int kReadingFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/// Accepts one spelling per file: parts separated by single slashes, none of them empty, "." or "..". The kernel
/// confines names to the folder anyway; this rejects early what no honest client sends.
bool is_plain(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

bool is_operational(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO || error == ESTALE;
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw netkit::OptionError("root", "'" + path + "': " + why);
}

}  // namespace

Root::Root(const std::string& path, bool cross_mounts)
    : folder_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), cross_mounts_(cross_mounts) {
  if (!folder_) refuse(path, std::string(std::strerror(errno)) + "; expected an existing folder");
  const netkit::UniqueFd probe(open_beneath(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!probe) {
    refuse(path,
           "cannot be served safely: openat2: " + std::string(std::strerror(errno)) + "; needs Linux 5.6 or later");
  }
}

std::optional<RegularFile> Root::open(const std::string& name, OpenFailure& failure) const {
  if (!is_plain(name)) {
    failure = {.reason = "is not a plain relative path"};
    return std::nullopt;
  }
  netkit::UniqueFd descriptor(open_beneath(name.c_str(), kReadingFlags));
  if (!descriptor) {
    failure = {.reason = std::strerror(errno), .operational = is_operational(errno)};
    return std::nullopt;
  }
  std::optional<RegularFile> file = RegularFile::adopt(std::move(descriptor));
  if (!file) failure = {.reason = "is not a regular file"};
  return file;
}

std::optional<RegularFile> Root::open_cached(const std::string& name) const {
  if (!is_plain(name)) return std::nullopt;
  netkit::UniqueFd descriptor(open_beneath(name.c_str(), kReadingFlags, RESOLVE_CACHED));
  return descriptor ? RegularFile::adopt(std::move(descriptor)) : std::nullopt;
}

int Root::open_beneath(const char* name, int flags, std::uint64_t resolve) const {
  open_how how{};
  how.flags = static_cast<__u64>(flags);
  how.resolve = resolve | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (cross_mounts_ ? 0 : RESOLVE_NO_XDEV);
  for (int attempt = 1;; ++attempt) {
    const long fd = ::syscall(SYS_openat2, folder_.get(), name, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    const bool not_in_memory = errno == EAGAIN && (resolve & RESOLVE_CACHED) != 0;
    if ((errno != EAGAIN && errno != EINTR) || not_in_memory || attempt == kAttempts) return -1;
  }
}

}  // namespace file_send
