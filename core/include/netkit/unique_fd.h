#pragma once

#include <utility>

// As <unistd.h> declares it: the headers for plugins include the C++ standard library only.
extern "C" int close(int fd);  // NOLINT(readability-redundant-declaration): <unistd.h> may come first

namespace netkit {

/// Owns a file descriptor, or none (-1), and closes it. For handlers and body sources that work on files.
class UniqueFd {
 public:
  /// Owns none.
  UniqueFd() = default;
  /// Owns `fd` from now on.
  explicit UniqueFd(int fd) : fd_(fd) {}
  /// Takes the other's descriptor.
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  /// The same; the one that it owned is closed.
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  /// The descriptor, or -1.
  int get() const { return fd_; }
  /// True if it owns one.
  explicit operator bool() const { return fd_ >= 0; }
  /// Gives the descriptor up without closing it.
  int release() { return std::exchange(fd_, -1); }
  /// Closes it.
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace netkit
