#pragma once

#include <memory>
#include <vector>

#include "config/model/config.h"
#include "netkit/account.h"
#include "server/ports/passed_sockets.h"
#include "server/ports/port.h"

namespace netkit {

using Ports = std::vector<std::shared_ptr<Port>>;

/// All ports of a server, across reloads. Main thread.
class PortTable {
 public:
  /// `log` must outlive the table.
  PortTable(PassedSockets passed, Log& log) : passed_(std::move(passed)), log_(log) {}

  /// Sets the owner of Unix socket files for which the config names none. Until then it is the current user.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// Returns a port per transport of the listener, in that order: one in use, else one that was passed in, else a newly
  /// bound one. A new port is not in the table until keep(). Throws BindError.
  Ports acquire(const ListenerConfig& listener);

  void keep(const std::shared_ptr<Port>& port);
  /// Closes the ports that only the table holds.
  void close_unused();
  /// Stops accepting on one port and closes its socket.
  void close(Port& port);
  void close_all();

  /// Completes a handover: takes over the socket files of the parent, and removes and closes the passed sockets that no
  /// listener wanted.
  void take_over_files();
  /// Hands the files of all sockets over to a new server.
  void hand_over_files();

  /// All ports, for passing them to a new server.
  const Ports& all() const { return ports_; }
  PassedSockets& passed() { return passed_; }

 private:
  Ports acquire_once(const ListenerConfig& listener);
  std::shared_ptr<Port> bind(const ListenerConfig& listener, Transport transport, const Address& address) const;
  void set_access(Port& port, const SocketAccess& socket) const;
  static FileAccess access_for(const SocketAccess& socket, const Identity& unless_named);
  void remove_file(SocketFile& file);
  std::shared_ptr<Port> find(const std::string& listener, Transport transport, const Address& address) const;

  PassedSockets passed_;
  Log& log_;
  Identity identity_ = current_identity();
  Ports ports_;
};

}  // namespace netkit
