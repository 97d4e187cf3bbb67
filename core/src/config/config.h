#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admission/address_range.h"
#include "admission/limits.h"
#include "admission/proxy_settings.h"
#include "netkit/identity.h"
#include "netkit/options.h"
#include "netkit/plugin.h"
#include "session/timeouts.h"
#include "tls/settings.h"

namespace netkit {

/// A place in a config file; line and column count from 1, columns in bytes.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

enum class Transport : std::uint8_t { tcp, udp, tls, unix_socket };
const char* to_string(Transport transport);  ///< As the config has it: tcp, udp, tls or unix.
/// The kind of socket that is bound for a transport: a TLS listener's is a TCP one.
inline Transport socket_of(Transport transport) { return transport == Transport::tls ? Transport::tcp : transport; }

/// A framing or handler that was named, with its checked options.
struct Choice {
  std::string type;
  Options options;
  Position where;
  std::map<std::string, Position> places;  ///< Where each option stands in the file; defaults have no entry.
};

/// The framing of one listener, each direction seen from the server.
struct FramingChoice {
  Choice in;
  Choice out;
};

/// Where a socket is bound: a host and a port, or for a Unix socket a path alone.
struct Address {
  std::string host;  ///< Numeric, without brackets.
  std::uint16_t port = 0;
  bool ipv6 = false;
  std::string path{};  ///< Absolute.
};
std::string to_string(const Address& address);  ///< host:port, [v6]:port or the path

/// Ports from `first` to `last`, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// What keeps a datagram listener from being used against others.
struct DatagramLimits {
  std::uint64_t max_amplification = 3;   ///< Bytes sent for each byte of a datagram, on the wire.
  std::vector<PortRange> refused_ports;  ///< SourceText ports of datagrams that are not served.
};

/// One transport of one listener entry: a socket to bind.
struct TransportConfig {
  Transport transport = Transport::tcp;
  FramingChoice framing;
};

/// The certificates of a TLS listener, which are read when it is made.
struct TlsConfig {
  TlsServerSettings settings;
  std::map<std::string, Position> places;  ///< Of the keys that name a file.
};

/// Who may connect to a Unix socket.
struct SocketAccess {
  unsigned mode = 0600;
  std::string owner{};  ///< Empty: whom the server serves as; likewise its group.
  std::string group{};  ///< Empty: the owner's first.
};

struct ListenerConfig {
  std::string name;
  Address address;
  SocketAccess socket;  ///< For a Unix socket.
  std::vector<TransportConfig> transports;
  Choice handler;
  Limits limits;
  Timeouts timeouts;
  DatagramLimits datagrams;
  AccessList access;
  ProxySettings proxy;
  std::optional<TlsConfig> tls;  ///< There if one of the transports is tls.
  Position where;                ///< Of its name.
  Position address_where;        ///< For an address that cannot be bound.
};

/// Where the log goes, and what of all that happens.
struct LogConfig {
  bool json = false;
  std::string file;  ///< Empty: stderr.
  Position file_where;
  LogLevel level = LogLevel::info;
  bool connections = false;
};

struct EventLoops {
  unsigned count = 0;  ///< 0: one for each processor that the server may use.
  std::chrono::nanoseconds spin{0};
  bool pin = false;
};

/// A whole config, checked, every default filled in.
struct ServerConfig {
  std::vector<std::string> plugin_path;  ///< Absolute folders, searched in this order before the built-in one.
  std::string user;  ///< Whom the server serves as, once its sockets are bound; empty: as it was started.
  std::string group;
  std::optional<Identity> identity;  ///< What the two names stand for.
  Position identity_where;           ///< Of the first of them.
  EventLoops event_loops;
  LogConfig log;
  Quota limits;  ///< Of all the listeners together.
  std::chrono::nanoseconds drain = std::chrono::seconds(30);
  std::vector<ListenerConfig> listeners;
};

bool has_transport(const ListenerConfig& listener, Transport transport);

/// How long the end of the server may take: its own `drain`, or that of a listener that needs longer.
std::chrono::nanoseconds longest_drain(const ServerConfig& config);

}  // namespace netkit
