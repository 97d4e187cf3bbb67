#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "netkit/unique_fd.h"
#include "server/ports/port.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// Sockets that were open when this program started: systemd's socket activation, or a server that hands over to this
/// one. They serve the listeners whose addresses they have, in place of sockets of our own. Main thread.
class PassedSockets {
 public:
  /// One of them; `name` is what the giver calls it.
  struct Socket {
    UniqueFd descriptor;
    std::string name;
    Transport transport;
    Address address;
    SocketFile::Keeper keeper = SocketFile::Keeper::other;  ///< Of a Unix socket's file.
  };

  PassedSockets() = default;
  explicit PassedSockets(std::vector<Socket> sockets) : sockets_(std::move(sockets)) {}

  /// What the environment announces by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES (sd_listen_fds(3)); the variables are
  /// removed, so that no child takes them for its own. `handed_over`: they come from the server that this one follows,
  /// which cannot know the number for LISTEN_PID. Throws BindError for a descriptor that is no socket to serve.
  static PassedSockets from_environment(bool handed_over);

  /// Says which of the sockets from the parent have files that it leaves to its successor: "1:2" are the second
  /// and the third.
  static constexpr const char* kFilesVariable = "NETKIT_SOCKET_FILES";

  static constexpr int kFirst = 3;  ///< The first descriptor, as sd_listen_fds(3) has it.
  /// What a listener's sockets are called in LISTEN_FDNAMES, where colons separate the names.
  static std::string name_for(std::string listener);

  /// The socket for one transport of a listener: the one with its address. Where the config leaves the port to the
  /// system, the one of the listener's name on that host. Null if there is none.
  std::unique_ptr<Port> take(const std::string& listener, Transport transport, const Address& address);

  const std::vector<Socket>& left() const { return sockets_; }
  /// Closes those that are left. Returns the files that the parent leaves with them.
  std::vector<SocketFile> close_left();

 private:
  std::vector<Socket> sockets_;
};

/// Describes an open socket. Throws BindError if it is not a bound one of TCP, UDP or a path; a stream has to listen.
PassedSockets::Socket describe_socket(UniqueFd descriptor, std::string name);

}  // namespace netkit
