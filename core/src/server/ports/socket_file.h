#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/identity.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Who may connect to a Unix socket: what its file has.
struct FileAccess {
  mode_t mode = 0;
  uid_t user = 0;
  gid_t group = 0;
  bool operator==(const FileAccess&) const = default;
};

/// The file of a listening Unix socket. Removed when destroyed if it is ours to remove. Main thread.
class SocketFile {
 public:
  /// Who removes the file in the end: whoever bound the socket, or the server it was handed to.
  enum class Keeper : std::uint8_t {
    us,
    parent,  ///< The server that this one follows, until it has: see claim().
    other,   ///< A service manager.
  };

  /// That of a socket that has none: nothing to do.
  SocketFile() = default;
  /// Throws BindError if there is no socket at `path`.
  SocketFile(std::string path, Keeper keeper);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

  /// Sets mode, user and group, without a moment at which somebody can connect who may neither before nor after. Throws
  /// BindError if that cannot be; then all is as before. A service manager's file is not changed: it must have all
  /// three.
  void set(const FileAccess& wanted);
  /// What was set holds from now on; of a parent's file, from claim() on.
  void settle() {
    if (keeper_ != Keeper::parent) before_.reset();
  }
  /// Undoes what was set since. Does nothing if that cannot be.
  void restore();

  /// The parent gives the file to this server, which serves now.
  void claim();
  /// This server gives the file to a new one.
  void leave();
  /// Whose a service manager's file is; nothing of other files.
  std::optional<Identity> given_owner() const;
  bool is_ours() const { return !path_.empty() && keeper_ == Keeper::us; }

  /// Removes the file if it is ours and still the one it was. Returns why that failed, or 0. Idempotent.
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
