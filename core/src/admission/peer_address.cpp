#include "admission/peer_address.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <string>

namespace netkit {
namespace {

constexpr const char* kUnixPrefix = "unix:";  // no numeric address begins so
constexpr ucred kUnknown{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};

}  // namespace

PeerAddress PeerAddress::of_unix(int socket) {
  PeerAddress peer;
  peer.address_.local = {AF_UNIX, kUnknown};
  socklen_t size = sizeof kUnknown;
  ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer.address_.local.credentials, &size);
  return peer;
}

std::optional<PeerAddress> PeerAddress::of_tcp(int socket) {
  PeerAddress peer;
  socklen_t size = capacity();
  if (::getpeername(socket, peer.data(), &size) != 0) return std::nullopt;
  return peer;
}

in6_addr PeerAddress::in_ipv6_form() const {
  if (ipv6()) return address_.v6.sin6_addr;
  in6_addr mapped{};
  mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
  std::memcpy(&mapped.s6_addr[12], &address_.v4.sin_addr, sizeof address_.v4.sin_addr);
  return mapped;
}

bool PeerAddress::is_loopback() const {
  const in6_addr address = in_ipv6_form();
  if (IN6_IS_ADDR_V4MAPPED(&address)) return address.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&address);
}

bool PeerAddress::is_unicast() const {
  const in6_addr address = in_ipv6_form();
  if (!IN6_IS_ADDR_V4MAPPED(&address)) return !IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_MULTICAST(&address);
  in_addr_t ipv4;
  std::memcpy(&ipv4, &address.s6_addr[12], sizeof ipv4);
  return (ntohl(ipv4) >> 24) != 0 && !IN_MULTICAST(ntohl(ipv4)) && ntohl(ipv4) != INADDR_BROADCAST;
}

/// None if the kernel did not say.
std::optional<UnixCredentials> PeerAddress::credentials() const {
  const ucred& who = address_.local.credentials;
  if (who.uid == kUnknown.uid) return std::nullopt;
  return UnixCredentials{.user = who.uid, .group = who.gid, .process = who.pid};
}

Peer PeerAddress::peer() const {
  if (is_unix()) {
    const ucred& who = address_.local.credentials;
    return {.host = kUnixPrefix + std::string("uid=") + std::to_string(who.uid) + ",gid=" + std::to_string(who.gid) +
                    ",pid=" + std::to_string(who.pid),
            .credentials = credentials()};
  }
  char text[INET6_ADDRSTRLEN] = "?";
  if (!ipv6()) {
    ::inet_ntop(AF_INET, &address_.v4.sin_addr, text, sizeof text);
    return {text, ntohs(address_.v4.sin_port)};
  }
  const in6_addr& address = address_.v6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    ::inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &address, text, sizeof text);
  }
  return {text, ntohs(address_.v6.sin6_port)};
}

IpAddress PeerAddress::ip() const {
  return ipv6() ? IpAddress::v6(&address_.v6.sin6_addr) : IpAddress::v4(&address_.v4.sin_addr);
}

/// A source is the first 64 bits of what is no IPv4 address.
IpAddress PeerAddress::source() const {
  if (!is_unix()) return ip();
  std::array<unsigned char, 16> bytes{};
  std::memcpy(bytes.data(), &address_.local.credentials.uid, sizeof(uid_t));
  return IpAddress::v6(bytes.data());
}

CallSource PeerAddress::call_source(bool local_limited) const {
  const IpAddress address = source();
  return {.key = (address.is_v4() ? address : address.prefix(64)).bytes(),
          .limited = local_limited || !is_of_this_machine()};
}

PeerAddress PeerAddress::of(const IpAddress& address, std::uint16_t port) {
  PeerAddress made;
  if (address.is_v4()) {
    made.address_.v4.sin_family = AF_INET;
    made.address_.v4.sin_port = htons(port);
    std::memcpy(&made.address_.v4.sin_addr, &address.bytes()[12], 4);
  } else {
    made.address_.v6 = {};
    made.address_.v6.sin6_family = AF_INET6;
    made.address_.v6.sin6_port = htons(port);
    std::memcpy(&made.address_.v6.sin6_addr, address.bytes().data(), 16);
  }
  return made;
}

std::string to_string(const Peer& peer) {
  if (peer.host.starts_with(kUnixPrefix)) return peer.host;
  const bool bracket = peer.host.find(':') != std::string::npos;
  return (bracket ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

}  // namespace netkit
