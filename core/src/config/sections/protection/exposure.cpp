#include "config/sections/protection/exposure.h"

#include <algorithm>
#include <string_view>

#include "base/nearest.h"
#include "config/sections/protection/public_authorities.h"
#include "config/values/file_mode.h"

namespace netkit {
namespace {

bool takes_proxy_headers(const ListenerConfig& listener) { return listener.proxy.protocol != ProxyProtocol::off; }

/// True if access.allow names the peers. Behind a proxy, only if not everybody can be that proxy and name another peer.
bool names_addresses(const ListenerConfig& listener) {
  const std::vector<AddressRange>& allow = listener.access.allow;
  if (allow.empty() || hold_strangers(allow)) return false;
  return !takes_proxy_headers(listener) || !hold_strangers(listener.proxy.from);
}

/// How many labels of a pattern match only themselves.
std::size_t literal_labels(std::string_view pattern) {
  std::size_t count = 0;
  while (!pattern.empty()) {
    const std::string_view label = pattern.substr(0, pattern.find('.'));
    if (!label.empty() && label.find('*') == std::string_view::npos) ++count;
    pattern.remove_prefix(std::min(pattern.size(), label.size() + 1));
  }
  return count;
}

/// True if client certificates name the peers on every transport. A public authority gives one to anybody.
bool names_certificates(const ListenerConfig& listener) {
  const auto& transports = listener.transports;
  if (!listener.tls || listener.tls->settings.client_ca.empty()) return false;
  const bool all_tls = std::all_of(transports.begin(), transports.end(),
                                   [](const auto& config) { return config.transport == Transport::tls; });
  const TlsServerSettings& tls = listener.tls->settings;
  return all_tls && (names_clients(tls.client_names) || !holds_public_authority(tls.client_ca));
}

/// True if the config names the peers that may connect. Never with UDP, as the source of a datagram can be forged.
bool names_its_peers(const ListenerConfig& listener) {
  if (has_transport(listener, Transport::udp)) return false;
  return names_certificates(listener) || names_addresses(listener);
}

/// Its group counts as strangers: its members are not named here, and change unseen.
Exposure exposure_of_socket(const SocketAccess& socket) {
  constexpr unsigned kOfOthers = 0077;
  return (socket.mode & kOfOthers) == 0 ? Exposure::owner : Exposure::strangers;
}

/// Why what the config says of its peers does not protect the listener; empty if it says nothing.
std::string why_unprotected(const ListenerConfig& listener) {
  if (has_transport(listener, Transport::udp)) return " and transport udp, whose sources can be forged";
  if (listener.tls && !listener.tls->settings.client_ca.empty() &&
      holds_public_authority(listener.tls->settings.client_ca)) {
    return " and a 'client_ca' that gives certificates to anybody, without "
           "'client_names' of two whole labels or more each, such as '*.example.com'";
  }
  if (hold_strangers(listener.access.allow)) return " and an 'access.allow' that holds half of all addresses or more";
  if (takes_proxy_headers(listener) && hold_strangers(listener.proxy.from)) {
    return " and a 'proxy_from' that holds half of all addresses or more: who is one of them names any peer";
  }
  if (takes_proxy_headers(listener)) return " and a proxy that brings peers from elsewhere";
  return "";
}

std::string found_and_expected(const ListenerConfig& listener) {
  if (!listener.address.path.empty()) {
    return "found mode " + mode_text(listener.socket.mode) + ", expected 0600: that only the socket's owner reaches it";
  }
  return "found address " + to_string(listener.address) + why_unprotected(listener) +
         ", expected one that only this machine reaches, 127.0.0.1 or [::1], or tcp with 'access.allow', or tls with "
         "'client_ca'";
}

}  // namespace

bool names_clients(const std::vector<std::string>& patterns) {
  return !patterns.empty() && std::all_of(patterns.begin(), patterns.end(),
                                          [](const std::string& pattern) { return literal_labels(pattern) >= 2; });
}

Exposure exposure_of(const ListenerConfig& listener) {
  if (!listener.address.path.empty()) return exposure_of_socket(listener.socket);
  if (is_of_this_machine(listener.address) && !takes_proxy_headers(listener)) return Exposure::machine;
  return names_its_peers(listener) ? Exposure::named : Exposure::strangers;
}

void check_exposure(const HandlerType& type, const ListenerConfig& listener, Diagnostics& errors) {
  if (!type.danger || exposure_of(listener) != Exposure::strangers) return;
  const std::string danger = type.danger(listener.handler.options);
  if (danger.empty()) return;
  errors.push_back({listener.handler.where, "handler " + in_quotes(type.name) + ": whoever reaches the listener " +
                                                danger + "; " + found_and_expected(listener)});
}

}  // namespace netkit
