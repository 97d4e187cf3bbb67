#include "regular_file.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace file_send {
namespace {

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec; }

FileStamp stamp_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = nanoseconds(status.st_mtim),
          .changed = nanoseconds(status.st_ctim)};
}

}  // namespace

std::optional<RegularFile> RegularFile::adopt(netkit::UniqueFd descriptor) {
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return RegularFile(std::move(descriptor), stamp_of(status), status.st_nlink);
}

std::size_t RegularFile::read(std::span<char> into, std::uint64_t offset) const {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto place = static_cast<off_t>(offset + filled);
    const ssize_t count = ::pread(descriptor_.get(), into.data() + filled, into.size() - filled, place);
    if (count > 0) {
      filled += static_cast<std::size_t>(count);
    } else if (count == 0) {
      break;
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot read");
    }
  }
  return filled;
}

std::optional<std::string> RegularFile::read_in_memory() const {
  std::string content(size(), '\0');
  iovec piece{content.data(), content.size()};
  const ssize_t count = ::preadv2(descriptor_.get(), &piece, 1, 0, RWF_NOWAIT);
  if (count < 0 || static_cast<std::size_t>(count) != content.size()) return std::nullopt;
  return content;
}

bool RegularFile::unchanged() const {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) return false;
  const FileStamp now = stamp_of(status);
  if (now == stamp_) return true;
  // A file replaced by a rename, or removed, has lost a link. That alone updates `changed`, while the opened content is
  // still complete.
  const bool renamed_over = status.st_nlink < links_;
  return renamed_over && now.size == stamp_.size && now.modified == stamp_.modified;
}

}  // namespace file_send
