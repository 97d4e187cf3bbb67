#include "server/log/log_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include "server/log/files_as.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kRetry{1};
constexpr mode_t kMode = 0640;  // not for everybody: the log says who connects

// Opening or writing a FIFO must not wait for its reader. A link in the place of the file could lead to any other.
constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;

std::atomic<int> crash_log{STDERR_FILENO};

UniqueFd open_log(const std::string& path, const std::optional<Identity>& owner) {
  if (path.empty()) return {};
  std::optional<FilesAs> as_owner;
  if (owner && ::geteuid() == 0) as_owner.emplace(*owner);
  UniqueFd file(::open(path.c_str(), kFlags, kMode));
  if (file) return file;
  const char* what = errno == ELOOP ? " is a symbolic link, which is not followed" : "";
  throw std::system_error(errno, std::generic_category(), path + what);
}

bool may_wait(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

/// True if at least PIPE_BUF bytes can be written without blocking. stderr may be a blocking pipe that other processes
/// share.
bool has_room(int fd) {
  pollfd ask{fd, POLLOUT, 0};
  return ::poll(&ask, 1, 0) > 0 && (ask.revents & POLLOUT) != 0;
}

}  // namespace

LogSink::LogSink(std::string path, LostLine lost_line, std::optional<Identity> owner)
    : path_(std::move(path)),
      lost_line_(std::move(lost_line)),
      owner_(owner),
      file_(open_log(path_, owner_)),
      waits_(may_wait(fd())) {
  crash_log = fd();
}

int LogSink::crash_descriptor() { return crash_log; }

bool LogSink::reopen() {
  if (path_.empty()) return false;
  UniqueFd fresh = open_log(path_, owner_);
  const std::lock_guard lock(mutex_);
  file_ = std::move(fresh);
  waits_ = may_wait(fd());
  crash_log = fd();
  torn_ = false;
  retry_at_ = {};
  return true;
}

void LogSink::count_lost() {
  const std::lock_guard lock(mutex_);
  ++lost_;
}

int LogSink::fd() const { return file_ ? file_.get() : STDERR_FILENO; }

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  const Clock::time_point now = Clock::now();
  if (now < retry_at_) {
    ++lost_;
    return;
  }
  if ((lost_ > 0 && !write_loss(message)) || !write(message)) {
    ++lost_;
    retry_at_ = now + kRetry;
  }
}

bool LogSink::write_loss(const spdlog::details::log_msg& next) {
  const std::string text = lost_line_(lost_);
  const spdlog::details::log_msg message(next.logger_name, spdlog::level::warn, text);
  if (!write(message)) return false;
  lost_ = 0;
  return true;
}

bool LogSink::write(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  if (torn_) line.push_back('\n');
  formatter_->format(message, line);
  return write_bytes({line.data(), line.size()});
}

bool LogSink::write_bytes(std::string_view bytes) {
  const std::size_t whole = bytes.size();
  while (!bytes.empty()) {
    if (waits_ && !has_room(fd())) break;
    const std::string_view piece = waits_ ? bytes.substr(0, PIPE_BUF) : bytes;
    const ssize_t written = ::write(fd(), piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (bytes.empty()) {
    torn_ = false;
  } else if (bytes.size() < whole && !take_back(whole - bytes.size())) {
    torn_ = true;
  }
  return bytes.empty();
}

/// Takes the last `size` bytes out of the file again, unless somebody else has written since.
bool LogSink::take_back(std::size_t size) const {
  struct stat status {};
  const off_t end = ::lseek(fd(), 0, SEEK_CUR);
  if (waits_ || end < static_cast<off_t>(size) || ::fstat(fd(), &status) != 0 || status.st_size != end) return false;
  const off_t before = end - static_cast<off_t>(size);
  return ::ftruncate(fd(), before) == 0 && ::lseek(fd(), before, SEEK_SET) == before;
}

}  // namespace netkit
