#include "netkit-client/output/standard_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace netkit::client {

void write_all(int descriptor, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd event{.fd = descriptor, .events = POLLOUT, .revents = 0};  // another process made it non-blocking
      ::poll(&event, 1, -1);
    } else if (errno == EPIPE) {
      throw OutputClosed();
    } else if (errno != EINTR) {
      throw system_failure("cannot write to " + what);
    }
  }
}

void StandardOutput::write(std::string_view bytes) {
  if (pending_.size() + bytes.size() > kGathered) flush();
  if (bytes.size() > kGathered) {
    write_now(bytes);
  } else {
    pending_ += bytes;
  }
}

void StandardOutput::flush() {
  write_now(pending_);
  pending_.clear();
}

bool StandardOutput::end_line() {
  if (!in_line_) return false;
  write_now("\n");
  return true;
}

void StandardOutput::write_now(std::string_view bytes) {
  if (!bytes.empty()) in_line_ = bytes.back() != '\n';
  write_all(STDOUT_FILENO, bytes, "standard output");
}

}  // namespace netkit::client
