#include "server/ports/stale_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "netkit/unique_fd.h"
#include "server/ports/bind_error.h"

namespace netkit {
namespace {

/// Tries to connect to the path without waiting. Returns 0 or errno.
int try_to_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

}  // namespace

void remove_stale_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;  // bind(2) will report whatever hides the path
  const std::string what = "cannot listen on unix " + path + ": ";
  if (!S_ISSOCK(found.st_mode)) throw BindError(what + "a file that is no socket is there; it is left alone");
  const int error = try_to_connect(path);
  if (error == ENOENT) return;
  if (error == EACCES) throw BindError(what + "a socket is there that cannot be tried: not permitted");
  if (error != ECONNREFUSED) throw BindError(what + "the path is in use by another program");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    throw BindError(what +
                    "cannot remove the socket that a server left there: " + std::generic_category().message(errno));
  }
}

}  // namespace netkit
