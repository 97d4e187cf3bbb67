#include "netkit-client/download/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "netkit-client/download/progress.h"
#include "netkit-client/output/standard_output.h"

namespace netkit::client {

bool PartFile::open_existing() {
  // O_NOFOLLOW: a link of that name would redirect the download. O_NONBLOCK: a FIFO would keep us waiting.
  UniqueFd file(::open(part_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    if (errno == ENOENT) return false;
    if (errno == ELOOP) throw LocalError(part_ + " is a link: not written to; remove it or use another -o");
    throw system_failure("cannot open " + part_);
  }
  refuse_foreign(file.get());
  take(std::move(file));
  return true;
}

void PartFile::create() {
  // O_EXCL: what somebody else has put there meanwhile is not written to.
  UniqueFd file(::open(part_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0666));
  if (!file) throw system_failure("cannot create " + part_);
  take(std::move(file));
}

/// Others could read or alter what is written to a file of theirs; a second name may stand for any file.
void PartFile::refuse_foreign(int file) const {
  const struct stat status = look(file);
  const char* reason = nullptr;
  if (!S_ISREG(status.st_mode)) {
    reason = "is no regular file";
  } else if (status.st_uid != ::geteuid()) {
    reason = "belongs to another user";
  } else if (status.st_nlink != 1) {
    reason = "has another name too (a hard link)";
  }
  if (reason != nullptr) throw LocalError(part_ + " " + reason + ": not written to; remove it or use another -o");
}

void PartFile::take(UniqueFd file) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw LocalError(part_ + " is being written by another netkit-client");
    throw system_failure("cannot lock " + part_);
  }
  file_ = std::move(file);
}

struct stat PartFile::look(int file) const {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw system_failure("cannot look at " + part_);
  return status;
}

bool PartFile::in_place() const {
  struct stat named {};
  if (::lstat(part_.c_str(), &named) != 0) return false;
  const struct stat own = look(file_.get());
  return named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

std::uint64_t PartFile::size() const { return static_cast<std::uint64_t>(look(file_.get()).st_size); }

std::uint64_t PartFile::existing() {
  if (!resume_) return 0;
  if (!file_ && !open_existing()) return 0;
  return size();
}

void PartFile::start(std::uint64_t keep, const std::function<void(std::string_view)>& use) {
  if (!file_ && !open_existing()) create();
  if (::ftruncate(file_.get(), static_cast<off_t>(keep)) != 0) throw system_failure("cannot shorten " + part_);
  if (::lseek(file_.get(), 0, SEEK_SET) < 0) throw system_failure("cannot read " + part_);
  std::vector<char> block(256 << 10);
  while (keep > 0) {
    const ssize_t count = ::read(file_.get(), block.data(), std::min<std::uint64_t>(block.size(), keep));
    if (count <= 0) throw system_failure("cannot read " + part_);
    use({block.data(), static_cast<std::size_t>(count)});
    keep -= static_cast<std::uint64_t>(count);
  }
}

void PartFile::write(std::string_view bytes) { write_all(file_.get(), bytes, part_); }

void PartFile::publish() {
  if (::fsync(file_.get()) != 0) throw system_failure("cannot write " + part_ + " to the disk");
  if (!in_place()) throw LocalError("somebody has replaced " + part_ + " meanwhile: what was got is lost");
  if (::rename(part_.c_str(), path_.c_str()) != 0) throw system_failure("cannot rename " + part_ + " to " + path_);
  // The rename is durable only when the folder is synced. If that fails, the file still exists.
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const UniqueFd directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
}

std::string PartFile::discard() {
  if (in_place()) ::unlink(part_.c_str());
  return part_ + " was removed";
}

std::string PartFile::keep() {
  if (!file_) return {};
  if (const std::uint64_t bytes = size(); bytes > 0) {
    return format_bytes(bytes) + " are kept in " + part_ + ", --resume goes on from there";
  }
  if (in_place()) ::unlink(part_.c_str());
  return {};
}

}  // namespace netkit::client
