#include "config/sections/listener/transport.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "config/readers/value_reader.h"

namespace netkit {
namespace {

/// A transport that the listener has already and that needs the same socket, or null.
const TransportConfig* rival_of(const ListenerConfig& listener, Transport transport) {
  const auto found =
      std::find_if(listener.transports.begin(), listener.transports.end(),
                   [&](const TransportConfig& config) { return socket_of(config.transport) == socket_of(transport); });
  return found == listener.transports.end() ? nullptr : &*found;
}

void add_transport(ObjectReader& reader, const std::string& name, const Position& where, ListenerConfig& listener) {
  const std::optional<Transport> transport = find_transport(name);
  if (!transport) {
    reader.fail(where, "unknown transport " + in_quotes(name) + suggest(name, transport_names()));
    return;
  }
  if (const TransportConfig* rival = rival_of(listener, *transport)) {
    const std::string other = to_string(rival->transport);
    reader.fail(where, other == name ? "'transport': found " + name + " twice, expected it once"
                                     : "'transport': found " + other + " and " + name +
                                           ", expected one of them, as both need the TCP port");
    if (other == name) return;
  }
  listener.transports.push_back({*transport, {}});
}

}  // namespace

void read_transport(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.take("transport");
  if (node == nullptr) {
    listener.transports.push_back({Transport::tcp, {}});
    return;
  }
  const std::optional<std::vector<std::string>> names = reader.read_texts("transport", *node);
  if (!names) return;
  if (names->empty()) {
    reader.fail(node->where,
                "'transport': found an empty list, expected tcp, udp, tls, unix, or udp beside tcp or tls");
  }
  for (std::size_t i = 0; i < names->size(); ++i) add_transport(reader, (*names)[i], item_where(*node, i), listener);
  if (mixes_addresses(listener)) {
    reader.fail(node->where,
                "'transport': found unix beside another one, expected it alone: it has a path for an address");
  }
}

bool mixes_addresses(const ListenerConfig& listener) {
  return has_transport(listener, Transport::unix_socket) && listener.transports.size() > 1;
}

}  // namespace netkit
