#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/identity.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Who may connect to a Unix socket: owner, group and mode of its file.
struct FileAccess {
  mode_t mode = 0;
  uid_t user = 0;
  gid_t group = 0;
  bool operator==(const FileAccess&) const = default;
};

/// The file of a listening Unix socket. The destructor removes it if it belongs to this server. Main thread.
class SocketFile {
 public:
  /// Who removes the file in the end: the server that bound the socket, or the one that it was handed over to.
  enum class Keeper : std::uint8_t {
    us,
    parent,  ///< The parent of a handover, until claim().
    other,   ///< A service manager.
  };

  /// For a socket without a file: does nothing.
  SocketFile() = default;
  /// Throws BindError if there is no socket at `path`.
  SocketFile(std::string path, Keeper keeper);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

  /// Sets mode, user and group. At no moment can anybody connect who is not allowed both before and after. Throws
  /// BindError, and undoes the change, if that fails. Does not change a service manager's file: it must already have
  /// all three.
  void set(const FileAccess& wanted);
  /// Commits the last set(); for a parent's file, claim() does.
  void settle() {
    if (keeper_ != Keeper::parent) before_.reset();
  }
  /// Undoes set() since the last commit, as far as possible.
  void restore();

  /// Takes the file over from the parent; this server serves now.
  void claim();
  /// Hands the file over to a new server.
  void leave();
  /// The owner of a service manager's file; nothing for other files.
  std::optional<Identity> given_owner() const;
  bool is_ours() const { return !path_.empty() && keeper_ == Keeper::us; }

  /// Removes the file if it belongs to this server and is still the same file. Returns errno, or 0. Idempotent.
  int remove();
  const std::string& path() const { return path_; }

 private:
  UniqueFd open() const;
  bool is_this(const struct stat& found) const;

  std::string path_;
  Keeper keeper_ = Keeper::other;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::optional<FileAccess> before_;
};

}  // namespace netkit
