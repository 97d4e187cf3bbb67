#include "host/peer_address.h"

#include <arpa/inet.h>

#include <cstring>

namespace netkit {

Peer PeerAddress::peer() const {
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

std::string to_string(const Peer& peer) {
  const bool bracket = peer.host.find(':') != std::string::npos;
  return (bracket ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

}  // namespace netkit
