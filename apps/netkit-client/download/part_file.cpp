#include "netkit-client/download/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "netkit-client/download/progress.h"
#include "netkit-client/output/standard_output.h"

namespace netkit::client {

void PartFile::open(int flags) {
  // O_NOFOLLOW: a link of that name would redirect the download.
  file_ = UniqueFd(::open(part_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0666));
  if (!file_) return;
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) throw LocalError(part_ + " is being written by another netkit-client");
  throw system_failure("cannot lock " + part_);
}

std::uint64_t PartFile::size() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw system_failure("cannot look at " + part_);
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t PartFile::existing() {
  if (!resume_) return 0;
  if (!file_) open(0);
  if (file_) return size();
  if (errno != ENOENT) throw system_failure("cannot open " + part_);
  return 0;
}

void PartFile::start(std::uint64_t keep, const std::function<void(std::string_view)>& use) {
  if (!file_) open(O_CREAT);
  if (!file_) throw system_failure("cannot create " + part_);
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
  if (::rename(part_.c_str(), path_.c_str()) != 0) throw system_failure("cannot rename " + part_ + " to " + path_);
  // The rename is durable only when the folder is synced. If that fails, the file still exists.
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const UniqueFd directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
}

std::string PartFile::discard() {
  ::unlink(part_.c_str());
  return part_ + " was removed";
}

std::string PartFile::keep() {
  if (!file_) return {};
  if (const std::uint64_t bytes = size(); bytes > 0) {
    return format_bytes(bytes) + " are kept in " + part_ + ", --resume goes on from there";
  }
  ::unlink(part_.c_str());
  return {};
}

}  // namespace netkit::client
