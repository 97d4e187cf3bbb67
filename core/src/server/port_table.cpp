#include "server/port_table.h"

#include <algorithm>
#include <utility>

#include "server/bind.h"
#include "server/tcp_port.h"
#include "server/udp_port.h"

namespace netkit {
namespace {

constexpr int kSamePortTries = 16;

std::shared_ptr<Port> bind_port(const ListenerConfig& listener, Transport transport, const Address& address) {
  if (transport == Transport::tcp) {
    return std::make_shared<TcpPort>(listener.name, listener.address, bind_tcp(address));
  }
  return std::make_shared<UdpPort>(listener.name, listener.address, bind_udp(address));
}

}  // namespace

/// With port 0 the number that is free for the first transport may be taken for the second: then another one is tried.
Ports PortTable::acquire(const ListenerConfig& listener) {
  for (int attempt = 1;; ++attempt) {
    try {
      return acquire_once(listener);
    } catch (const BindError&) {
      if (listener.address.port != 0 || attempt == kSamePortTries) throw;
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
    if (!port) port = bind_port(listener, kind, address);
    address.port = port->bound().port;
    acquired.push_back(std::move(port));
  }
  return acquired;
}

/// Where the config leaves the port number to the system, the port is the listener's own.
std::shared_ptr<Port> PortTable::find(const std::string& listener, Transport transport, const Address& address) const {
  const auto found = std::find_if(ports_.begin(), ports_.end(), [&](const std::shared_ptr<Port>& port) {
    const Address& configured = port->configured();
    return port->transport() == transport && configured.host == address.host && configured.port == address.port &&
           configured.ipv6 == address.ipv6 && (address.port != 0 || port->listener() == listener);
  });
  return found == ports_.end() ? nullptr : *found;
}

void PortTable::keep(const std::shared_ptr<Port>& port) {
  if (std::find(ports_.begin(), ports_.end(), port) == ports_.end()) ports_.push_back(port);
}

void PortTable::close_unused() {
  std::erase_if(ports_, [](const std::shared_ptr<Port>& port) { return port.use_count() == 1; });
}

void PortTable::close_all() {
  for (const std::shared_ptr<Port>& port : ports_) port->close();
}

}  // namespace netkit
