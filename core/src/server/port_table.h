#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "server/passed_sockets.h"
#include "server/port.h"

namespace netkit {

using Ports = std::vector<std::shared_ptr<Port>>;

/// The ports of a server, through all its reloads. Main thread.
class PortTable {
 public:
  explicit PortTable(PassedSockets passed) : passed_(std::move(passed)) {}

  /// A port for each transport of the entry, in that order: one that is served already, else one that was passed in,
  /// else a newly bound one. What is new belongs to the caller alone until it is kept. Throws BindError.
  Ports acquire(const ListenerConfig& listener);

  void keep(const std::shared_ptr<Port>& port);
  /// Closes the ports that nobody but the table has any more.
  void close_unused();
  void close_all();

  /// Every port, for handing them to another server.
  const Ports& all() const { return ports_; }
  PassedSockets& passed() { return passed_; }

 private:
  Ports acquire_once(const ListenerConfig& listener);
  std::shared_ptr<Port> find(const std::string& listener, Transport transport, const Address& address) const;

  PassedSockets passed_;
  Ports ports_;
};

}  // namespace netkit
