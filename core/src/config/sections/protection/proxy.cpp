#include "config/sections/protection/proxy.h"

#include <algorithm>
#include <vector>

#include "config/readers/address_ranges.h"

namespace netkit {
namespace {

constexpr const char* kProtocol = "proxy_protocol";

bool has_stream(const ListenerConfig& listener) {
  return std::any_of(listener.transports.begin(), listener.transports.end(),
                     [](const TransportConfig& config) { return config.transport != Transport::udp; });
}

/// Reports transports that cannot have a PROXY header, and proxies that nobody named.
void check_proxy(ObjectReader& reader, const ListenerConfig& listener, const Position& where, bool names_nobody) {
  if (has_transport(listener, Transport::unix_socket)) {
    reader.fail(where, "'proxy_protocol' needs transport tcp, found unix");
    return;
  }
  if (names_nobody) {
    reader.fail(where, "'proxy_protocol' needs 'proxy_from', expected the addresses of the proxies that are believed");
  }
  if (!has_stream(listener)) {
    reader.fail(where, "'proxy_protocol' needs a stream, expected transport tcp, found udp");
  }
}

}  // namespace

const OptionTable<ProxySettings>& proxy_options() {
  static const OptionTable<ProxySettings> table({bind_choice<ProxySettings>(
      {.name = kProtocol, .help = "whether a PROXY header comes first"},
      std::vector{ProxyProtocol::off, ProxyProtocol::optional, ProxyProtocol::required}, &ProxySettings::protocol)});
  return table;
}

void read_proxy(ObjectReader& reader, ListenerConfig& listener) {
  ProxySettings& proxy = listener.proxy;
  const std::size_t errors_before = reader.errors().size();
  const Node* protocol = reader.take(kProtocol);
  const Node* from = reader.take("proxy_from");
  proxy.from = take_ranges(reader, "proxy_from");
  const bool names_nobody = proxy.from.empty() && reader.errors().size() == errors_before;
  if (protocol == nullptr) {
    if (from == nullptr) return;
    reader.fail(from->where, "'proxy_from' needs 'proxy_protocol', expected optional, required, or a plain off");
    return;
  }
  proxy_options().apply(reader.take_options(proxy_options().specs()), proxy, reader.errors());
  if (proxy.protocol != ProxyProtocol::off) check_proxy(reader, listener, protocol->where, names_nobody);
}

}  // namespace netkit
