#include "config/sections/listener/conflicts.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/nearest.h"

namespace netkit {
namespace {

bool is_every(const Address& address) { return address.host == (address.ipv6 ? "::" : "0.0.0.0"); }

bool overlap(const Address& a, const Address& b) {
  if (!a.path.empty()) return a.path == b.path;
  if (a.port != b.port || a.port == 0) return false;
  return a.ipv6 == b.ipv6 && (a.host == b.host || is_every(a) || is_every(b));
}

/// A transport of `b` that needs the same kind of socket as one of `a`, or null.
const TransportConfig* shared_transport(const ListenerConfig& a, const ListenerConfig& b) {
  const auto found = std::find_first_of(b.transports.begin(), b.transports.end(), a.transports.begin(),
                                        a.transports.end(), [](const TransportConfig& x, const TransportConfig& y) {
                                          return socket_of(x.transport) == socket_of(y.transport);
                                        });
  return found == b.transports.end() ? nullptr : &*found;
}

std::string line_of(const Position& where) { return " at line " + std::to_string(where.line); }

void check_names(const ListenerConfig& first, const ListenerConfig& second, Diagnostics& errors) {
  if (first.name != second.name || first.name.empty()) return;
  errors.push_back({second.where, "found listener " + in_quotes(second.name) + " again, expected another name; first" +
                                      line_of(first.where)});
}

void check_addresses(const ListenerConfig& first, const ListenerConfig& second, Diagnostics& errors) {
  const TransportConfig* shared = shared_transport(first, second);
  if (shared == nullptr || !overlap(first.address, second.address)) return;
  errors.push_back({second.address_where, std::string("found ") + to_string(shared->transport) + " " +
                                              to_string(second.address) + ", expected an address that is free; " +
                                              in_quotes(first.name) + line_of(first.address_where) + " has " +
                                              to_string(first.address)});
}

}  // namespace

void check_conflicts(const std::vector<ListenerConfig>& listeners, Diagnostics& errors) {
  for (std::size_t second = 1; second < listeners.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      check_names(listeners[first], listeners[second], errors);
      check_addresses(listeners[first], listeners[second], errors);
    }
  }
}

}  // namespace netkit
