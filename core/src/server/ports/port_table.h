#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "netkit/account.h"
#include "server/handover/passed_sockets.h"
#include "server/ports/port.h"

namespace netkit {

using Ports = std::vector<std::shared_ptr<Port>>;

/// The ports of a server, through all its reloads. Main thread.
class PortTable {
 public:
  /// `log` outlives the table.
  PortTable(PassedSockets passed, Log& log) : passed_(std::move(passed)), log_(log) {}

  /// Whose the files of Unix sockets are that the config gives to nobody; until this is called, of whom the server runs
  /// as.
  void serve_as(const Identity& identity) { identity_ = identity; }

  /// A port for each transport of the entry, in that order: one that is served already, else one that was passed in,
  /// else a newly bound one. What is new belongs to the caller alone until it is kept. Throws BindError.
  Ports acquire(const ListenerConfig& listener);

  void keep(const std::shared_ptr<Port>& port);
  /// Closes the ports that nobody but the table has any more.
  void close_unused();
  void close_all();

  /// Takes over what the parent leaves: the files of the sockets that are served, and, to remove them, of those
  /// that no listener wanted. Closes these.
  void succeed();
  /// Leaves the files of all sockets to a new server.
  void leave_files();

  /// Every port, for handing them to another server.
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
