#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "netkit/unique_fd.h"
#include "server/ports/port.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// Sockets that were open when this program started, from systemd's socket activation or from a server that hands over.
/// Listeners with their addresses use them instead of binding new ones. Main thread.
class PassedSockets {
 public:
  /// `name` is the one that the other side gave it.
  struct Socket {
    UniqueFd descriptor;
    std::string name;
    Transport transport;
    Address address;
    SocketFile::Keeper keeper = SocketFile::Keeper::other;  ///< Who removes a Unix socket's file.
  };

  PassedSockets() = default;
  explicit PassedSockets(std::vector<Socket> sockets) : sockets_(std::move(sockets)) {}

  /// Takes the sockets that LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES announce (sd_listen_fds(3)), and removes the
  /// variables, so that no child process takes them for its own. `handed_over`: they come from a parent server, which
  /// cannot know the LISTEN_PID in advance. Throws BindError for a descriptor that is no usable socket.
  static PassedSockets from_environment(bool handed_over);

  /// Names the variable that lists the passed sockets whose files the parent hands over: "1:2" are the second and the
  /// third.
  static constexpr const char* kFilesVariable = "NETKIT_SOCKET_FILES";

  static constexpr int kFirst = 3;  ///< The first descriptor, as sd_listen_fds(3) has it.
  /// Returns the name of a listener's sockets in LISTEN_FDNAMES, where colons separate names.
  static std::string name_for(std::string listener);

  /// Takes the socket with this address; if the config leaves the port to the system, the one with the listener's name
  /// on that host. Null if there is none.
  std::unique_ptr<Port> take(const std::string& listener, Transport transport, const Address& address);

  const std::vector<Socket>& left() const { return sockets_; }
  /// Closes the sockets that no listener took. Returns their files if the parent hands them over.
  std::vector<SocketFile> close_left();

 private:
  std::vector<Socket> sockets_;
};

/// Describes an open socket. Throws BindError unless it is a bound TCP, UDP or Unix socket; stream sockets must listen.
PassedSockets::Socket describe_socket(UniqueFd descriptor, std::string name);

}  // namespace netkit
