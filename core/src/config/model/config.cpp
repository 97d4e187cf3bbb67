#include "config/model/config.h"

#include <algorithm>

namespace netkit {

bool has_transport(const ListenerConfig& listener, Transport transport) {
  return std::any_of(listener.transports.begin(), listener.transports.end(),
                     [&](const TransportConfig& config) { return config.transport == transport; });
}

std::chrono::nanoseconds longest_drain(const ServerConfig& config) {
  std::chrono::nanoseconds longest = config.drain;
  for (const ListenerConfig& listener : config.listeners) longest = std::max(longest, listener.timeouts.drain);
  return longest;
}

}  // namespace netkit
