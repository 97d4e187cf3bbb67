#include "config/sections/exposure.h"

#include <algorithm>

#include "base/nearest.h"
#include "config/values/file_mode.h"

namespace netkit {
namespace {

bool is_loopback(const Address& address) { return AddressRange::parse(address.host).network().is_loopback(); }

/// A range that holds every address names nobody.
bool names_addresses(const std::vector<AddressRange>& allow) {
  return !allow.empty() &&
         std::none_of(allow.begin(), allow.end(), [](const auto& range) { return range.holds_all(); });
}

/// True if the config names the peers that may connect: in access.allow, or by client certificates on every transport.
/// Never with UDP, as the source of a datagram can be forged.
bool names_its_peers(const ListenerConfig& listener) {
  const auto& transports = listener.transports;
  if (has_transport(listener, Transport::udp)) return false;
  const bool certified = listener.tls && !listener.tls->settings.client_ca.empty() &&
                         std::all_of(transports.begin(), transports.end(),
                                     [](const auto& config) { return config.transport == Transport::tls; });
  return certified || names_addresses(listener.access.allow);
}

/// Its group counts as strangers: its members are not named here, and change unseen.
Exposure exposure_of_socket(const SocketAccess& socket) {
  constexpr unsigned kOfOthers = 0077;
  return (socket.mode & kOfOthers) == 0 ? Exposure::owner : Exposure::strangers;
}

/// Why the access list does not protect the listener; empty if it has none.
std::string why_unprotected(const ListenerConfig& listener) {
  if (has_transport(listener, Transport::udp)) return " and transport udp, whose sources can be forged";
  if (!listener.access.allow.empty()) return " and an 'access.allow' that holds everybody";
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

Exposure exposure_of(const ListenerConfig& listener) {
  if (!listener.address.path.empty()) return exposure_of_socket(listener.socket);
  if (is_loopback(listener.address)) return Exposure::machine;
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
