#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "admission/ip_address.h"
#include "netkit/responder.h"
#include "session/call_limiter.h"

namespace netkit {

/// Who is at the other end: an IPv4 or IPv6 address with port, in the kernel's form; or, of a Unix socket, a process of
/// this machine and its user.
class PeerAddress {
 public:
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&address_); }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t capacity() { return sizeof(address_); }

  /// The peer of an accepted Unix socket, with the credentials it had when it connected.
  static PeerAddress of_unix(int socket);
  /// The other end of a connected TCP socket; none once the connection is broken.
  static std::optional<PeerAddress> of_tcp(int socket);
  /// True also of what accept(2) has left of such a peer: its family alone.
  bool is_unix() const { return address_.v6.sin6_family == AF_UNIX; }

  // What follows is for addresses, up to source().

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

  /// What tells it from other sources, in a table of its listener: its address; of a Unix peer, one made of its user.
  IpAddress source() const;
  /// Whom its calls count for: its address, of IPv6 the network part; of a Unix peer, its user. `local_limited`: limits
  /// for a source hold for this machine's own too.
  CallSource call_source(bool local_limited) const;
  /// True for what comes from this machine for sure: loopback, and every Unix peer.
  bool is_of_this_machine() const { return is_unix() || is_loopback(); }

  /// As text; an IPv4 address mapped into IPv6 shows as IPv4. A Unix peer is `unix:uid=1000,gid=1000,pid=4711` and has
  /// port 0.
  Peer peer() const;

 private:
  std::optional<UnixCredentials> credentials() const;

  struct UnixPeer {
    sa_family_t family;
    ucred credentials;
  };
  union {
    sockaddr_in v4;
    sockaddr_in6 v6;
    UnixPeer local;
  } address_{};
};

/// host:port or [v6]:port, for logs; a Unix peer as it is.
std::string to_string(const Peer& peer);

}  // namespace netkit
