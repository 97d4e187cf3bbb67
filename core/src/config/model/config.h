#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admission/address_range.h"
#include "admission/limits.h"
#include "admission/proxy_settings.h"
#include "config/model/datagram_limits.h"
#include "config/readers/choice.h"
#include "config/syntax/position.h"
#include "config/values/address.h"
#include "config/values/transport.h"
#include "netkit/identity.h"
#include "netkit/plugin.h"
#include "session/timeouts.h"
#include "tls/settings.h"

namespace netkit {

/// One transport of one listener entry: a socket to bind.
struct TransportConfig {
  Transport transport = Transport::tcp;
  FramingChoice framing;
};

/// The certificates of a TLS listener. The files are read when the listener is made.
struct TlsConfig {
  TlsServerSettings settings;
  std::map<std::string, Position> places;  ///< Of each key of `tls` that the file has.
};

/// The permissions of a Unix socket: the users that may connect.
struct SocketAccess {
  unsigned mode = 0600;
  std::string owner{};  ///< Empty: the user and the group that the server runs as.
  std::string group{};  ///< Empty: the owner's first.
};

struct ListenerConfig {
  std::string name;
  Address address;
  SocketAccess socket;  ///< For a Unix socket.
  std::vector<TransportConfig> transports;
  Choice handler;
  std::vector<Choice> filters;  ///< The first is the outermost.
  Limits limits;
  Timeouts timeouts;
  DatagramLimits datagrams;
  std::optional<UdpSessions> udp_sessions;  ///< Unset: each datagram is a conversation of its own.
  AccessList access;
  ProxySettings proxy;
  std::optional<bool> refuse_http;  ///< Of its stream transport; unset without one.
  std::optional<TlsConfig> tls;     ///< For transport tls, and for handlers that start TLS on tcp.
  Position where;                   ///< Of its name.
  Position address_where;           ///< For an address that cannot be bound.
};

/// Where the log is written to, and which events are logged.
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

/// The endpoint for operators, see docs/admin.md.
struct AdminConfig {
  std::optional<Address> address{};  ///< Unset: only metrics.
  SocketAccess socket{};             ///< For a Unix socket.
  std::optional<Address> metrics{};  ///< A second address, for /metrics, /healthz and /readyz alone.
  std::string token_file{};          ///< Empty: nothing can be changed over TCP.
  std::vector<std::string> hosts{};
  Position where{};
};

/// A whole config, checked, every default filled in. The defaults stand in the members: here, in Timeouts, Limits and
/// DatagramLimits.
struct ServerConfig {
  std::vector<std::string> plugin_path;  ///< Absolute folders, searched in this order before the built-in one.
  std::vector<std::string> plugins;      ///< Loaded besides: absolute paths, and names of files in these folders.
  std::string user;  ///< The server runs as this user once its sockets are bound; empty: as it was started.
  std::string group;
  std::optional<Identity> identity;  ///< The ids that the two names stand for.
  Position identity_where;           ///< Of `user`; of `group` if there is no user.
  bool debuggable = false;           ///< Other processes of the user may look into the server, and it dumps core.
  EventLoops event_loops;
  unsigned worker_threads = 64;
  LogConfig log;
  std::optional<AdminConfig> admin;
  ServerLimits limits;
  std::chrono::nanoseconds drain = Timeouts().drain;
  std::chrono::nanoseconds lame_duck{0};  ///< How long listeners still accept once the server ends.
  std::vector<ListenerConfig> listeners;
};

bool has_transport(const ListenerConfig& listener, Transport transport);

/// The longest that the server may take to end: the largest `drain` of its own and of its listeners.
std::chrono::nanoseconds longest_drain(const ServerConfig& config);

}  // namespace netkit
