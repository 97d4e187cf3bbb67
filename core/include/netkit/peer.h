#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace netkit {

/// What the kernel says of the process at the other end of a Unix socket, as of its connect(2).
struct UnixCredentials {
  std::uint32_t user = 0;    ///< uid.
  std::uint32_t group = 0;   ///< gid.
  std::int32_t process = 0;  ///< pid; it may be gone, and the number in use again.
  bool operator==(const UnixCredentials&) const = default;
};

/// This end of a connection: where the peer has found it.
struct LocalEnd {
  std::string transport{};  ///< `tcp`, `tls`, `unix` or `udp`.
  std::string host{};       ///< Numeric address; empty where there is none, and over UDP.
  std::uint16_t port = 0;
};

/// Who is at the other end: facts of the connection that no message can forge.
struct Peer {
  /// Numeric address; an IPv4 peer of an IPv6 socket shows as IPv4. Behind a trusted proxy it is the address that the
  /// PROXY header names. Of a Unix socket `unix:uid=1000,gid=1000,pid=4711`.
  std::string host{};
  std::uint16_t port = 0;  ///< 0 for a Unix socket.
  /// The conversation goes by TLS.
  bool encrypted = false;
  /// The name in the client certificate that `client_names` let in, or the first one if any may; empty without one.
  std::string certificate{};
  /// The server name that the TLS client asked for (SNI, RFC 6066), as it wrote it; empty without one.
  std::string server_name{};
  /// Of a Unix socket.
  std::optional<UnixCredentials> credentials{};
  /// The numeric address of the proxy whose PROXY header named the peer; empty without one.
  std::string proxy{};
};

}  // namespace netkit
