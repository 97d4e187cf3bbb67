#include "plugin/private_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace netkit {
namespace {

constexpr std::size_t kLongestName = 249;
constexpr std::size_t kPiece = std::size_t{64} << 10;

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

/// O_NONBLOCK: opening a FIFO of that name must not block the server.
UniqueFd open_regular(const std::string& file) {
  UniqueFd opened = checked(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "cannot be opened");
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot be examined");
  }
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("is not a regular file");
  return opened;
}

void copy_all(int from, int to) {
  for (;;) {
    const ssize_t count = ::sendfile(to, from, nullptr, kPiece);
    if (count == 0) return;
    if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot be copied");
  }
}

/// Reads from `offset` until the buffer is full or the file ends.
std::size_t read_piece(int fd, std::size_t offset, std::vector<char>& piece) {
  std::size_t got = 0;
  while (got < piece.size()) {
    const ssize_t count = ::pread(fd, piece.data() + got, piece.size() - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "cannot be read");
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

}  // namespace

PrivateCopy::PrivateCopy(const std::string& file) {
  const UniqueFd original = open_regular(file);
  // The name appears in /proc/PID/maps; the kernel limits its length.
  const std::string name = file.substr(file.size() - std::min(file.size(), kLongestName));
  copy_ = checked(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING), "cannot be copied to memory");
  copy_all(original.get(), copy_.get());
  // Other processes of the user can open it in /proc: none may change code that runs here.
  if (::fcntl(copy_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    throw std::system_error(errno, std::generic_category(), "its copy cannot be sealed");
  }
  path_ = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(copy_.get());
}

bool PrivateCopy::same_content(const PrivateCopy& other) const {
  std::vector<char> here(kPiece);
  std::vector<char> there(kPiece);
  for (std::size_t offset = 0;; offset += kPiece) {
    const std::size_t count = read_piece(copy_.get(), offset, here);
    if (read_piece(other.copy_.get(), offset, there) != count) return false;
    if (std::memcmp(here.data(), there.data(), count) != 0) return false;
    if (count < kPiece) return true;
  }
}

}  // namespace netkit
