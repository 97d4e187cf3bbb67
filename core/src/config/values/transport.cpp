#include "config/values/transport.h"

#include <algorithm>
#include <array>

namespace netkit {
namespace {

constexpr std::array kTransports = {Transport::tcp, Transport::udp, Transport::tls, Transport::unix_socket};

}  // namespace

const char* to_string(Transport transport) {
  switch (transport) {
    case Transport::tcp:
      return "tcp";
    case Transport::udp:
      return "udp";
    case Transport::tls:
      return "tls";
    case Transport::unix_socket:
      break;
  }
  return "unix";
}

std::optional<Transport> find_transport(const std::string& name) {
  for (const Transport transport : kTransports) {
    if (name == to_string(transport)) return transport;
  }
  return std::nullopt;
}

const std::vector<std::string>& transport_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all(kTransports.size());
    std::transform(kTransports.begin(), kTransports.end(), all.begin(), [](Transport each) { return to_string(each); });
    return all;
  }();
  return names;
}

}  // namespace netkit
