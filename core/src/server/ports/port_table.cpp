#include "server/ports/port_table.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "netkit/account.h"
#include "server/ports/bind.h"
#include "server/ports/datagram_port.h"
#include "server/ports/stream_port.h"

namespace netkit {
namespace {

constexpr int kSamePortTries = 16;

/// True if the system chooses the port number.
bool any_port(const Address& address) { return address.port == 0 && address.path.empty(); }

bool same(const Address& one, const Address& other) {
  return one.host == other.host && one.port == other.port && one.ipv6 == other.ipv6 && one.path == other.path;
}

}  // namespace

/// With port 0, the number that is free for the first transport may be taken for the second; then it tries another one.
Ports PortTable::acquire(const ListenerConfig& listener) {
  for (int attempt = 1;; ++attempt) {
    try {
      return acquire_once(listener);
    } catch (const BindError&) {
      if (!any_port(listener.address) || attempt == kSamePortTries) throw;
    }
  }
}

Ports PortTable::acquire_once(const ListenerConfig& listener) {
  Ports acquired;
  Address address = listener.address;
  for (const TransportConfig& config : listener.transports) {
    const Transport kind = socket_of(config.transport);
    std::shared_ptr<Port> port = find(listener.name, kind, listener.address);
    if (!port) port = passed_.take(listener.name, kind, listener.address);
    if (!port) port = bind(listener, kind, address);
    if (kind == Transport::unix_socket) set_access(*port, listener.socket);
    address.port = port->bound().port;
    acquired.push_back(std::move(port));
  }
  return acquired;
}

std::shared_ptr<Port> PortTable::bind(const ListenerConfig& listener, Transport transport,
                                      const Address& address) const {
  switch (transport) {
    case Transport::udp:
      return std::make_shared<DatagramPort>(listener.name, listener.address, bind_udp(address));
    case Transport::unix_socket:
      return std::make_shared<StreamPort>(listener.name, listener.address,
                                          bind_unix(address, access_for(listener.socket, identity_)));
    default:
      return std::make_shared<StreamPort>(listener.name, listener.address, bind_tcp(address));
  }
}

/// A file that a service manager created may belong to anybody if the config names no owner.
void PortTable::set_access(Port& port, const SocketAccess& socket) const {
  port.file().set(access_for(socket, port.file().given_owner().value_or(identity_)));
}

FileAccess PortTable::access_for(const SocketAccess& socket, const Identity& unless_named) {
  const std::optional<Identity> owner = find_identity(socket.owner, socket.group, unless_named);
  if (!owner) throw BindError("there is no user '" + socket.owner + "' or no group '" + socket.group + "' any more");
  return {socket.mode, owner->user, owner->group};
}

/// If the system chose the port number, only a listener of the same name may have the port.
std::shared_ptr<Port> PortTable::find(const std::string& listener, Transport transport, const Address& address) const {
  const auto found = std::find_if(ports_.begin(), ports_.end(), [&](const std::shared_ptr<Port>& port) {
    return port->transport() == transport && same(port->configured(), address) &&
           (!any_port(address) || port->listener() == listener);
  });
  return found == ports_.end() ? nullptr : *found;
}

void PortTable::keep(const std::shared_ptr<Port>& port) {
  port->file().settle();
  if (std::find(ports_.begin(), ports_.end(), port) == ports_.end()) ports_.push_back(port);
}

void PortTable::close_unused() {
  std::erase_if(ports_, [this](const std::shared_ptr<Port>& port) {
    if (port.use_count() > 1) return false;
    remove_file(port->file());
    return true;
  });
}

void PortTable::close(Port& port) {
  remove_file(port.file());
  port.close();
}

void PortTable::close_all() {
  for (const std::shared_ptr<Port>& port : ports_) close(*port);
}

void PortTable::take_over_files() {
  for (const std::shared_ptr<Port>& port : ports_) port->file().claim();
  for (SocketFile& file : passed_.close_left()) {
    file.claim();
    remove_file(file);
  }
}

void PortTable::hand_over_files() {
  for (const std::shared_ptr<Port>& port : ports_) port->file().leave();
}

/// Called before the socket is closed: connections made by then are still accepted.
void PortTable::remove_file(SocketFile& file) {
  const std::string path = file.path();
  const int error = file.remove();
  if (error == 0) return;
  const std::string why = std::generic_category().message(error);
  const std::string text = "cannot remove the socket " + path + ": " + why;
  log_.event(LogLevel::warning, "socket-not-removed", {{"path", path}, {"error", why}, {"text", text}});
}

}  // namespace netkit
