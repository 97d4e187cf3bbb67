#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "admission/ip_address.h"
#include "netkit/responder.h"

namespace netkit {

/// An IPv4 or IPv6 address with port, in the kernel's form.
class PeerAddress {
 public:
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&address_); }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t capacity() { return sizeof(address_); }

  bool ipv6() const { return address_.v6.sin6_family == AF_INET6; }
  socklen_t size() const { return ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  std::uint16_t port() const { return ntohs(ipv6() ? address_.v6.sin6_port : address_.v4.sin_port); }
  /// An IPv4 address mapped into IPv6 as ::ffff:a.b.c.d.
  in6_addr in_ipv6_form() const;
  /// 127.0.0.0/8 or ::1.
  bool is_loopback() const;
  /// False if it stands for no single host: unspecified, multicast, limited broadcast.
  bool is_unicast() const;
  IpAddress ip() const;
  static PeerAddress of(const IpAddress& address, std::uint16_t port);

  /// As text; an IPv4 address mapped into IPv6 shows as IPv4.
  Peer peer() const;

 private:
  union {
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_{};
};

/// host:port or [v6]:port, for logs.
std::string to_string(const Peer& peer);

}  // namespace netkit
