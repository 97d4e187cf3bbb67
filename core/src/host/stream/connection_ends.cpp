#include "host/stream/connection_ends.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace netkit {
namespace {

/// The path that a Unix socket is bound to, an accepted one to that of its listener; empty without one.
std::string path_of(int socket) {
  sockaddr_un address{};
  ::socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return {address.sun_path, ::strnlen(address.sun_path, sizeof address.sun_path)};
}

/// True if the peer of a Unix socket was in `group` when it connected.
bool was_in_group(const UnixCredentials& peer, int socket, gid_t group) {
  if (peer.group == group) return true;
  ::socklen_t size = 0;
  ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size);  // fails, and tells the size
  std::vector<gid_t> groups(size / sizeof(gid_t));
  if (groups.empty() || ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

Peer peer_of(const PeerAddress& address, const Stream* stream, bool proxied) {
  Peer peer = address.peer();
  if (stream == nullptr) return peer;
  stream->describe(peer);
  // The kernel keeps the proxy's address, so that no connection need.
  const auto proxy = proxied ? PeerAddress::of_tcp(stream->socket()) : std::nullopt;
  if (proxy) peer.proxy = proxy->peer().host;
  return peer;
}

LocalEnd local_end_of(const PeerAddress& peer, const Stream* stream, const std::string& transport) {
  LocalEnd local{.transport = transport};
  PeerAddress address;
  ::socklen_t size = PeerAddress::capacity();
  if (stream == nullptr || peer.is_unix() || ::getsockname(stream->socket(), address.data(), &size) != 0) return local;
  Peer text = address.peer();
  local.host = std::move(text.host);
  local.port = text.port;
  return local;
}

bool may_connect_still(const PeerAddress& peer, int connection) {
  const std::optional<UnixCredentials> who = peer.peer().credentials;
  const std::string path = path_of(connection);
  struct stat file {};
  if (path.empty() || ::stat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return true;
  if (!who) return false;
  constexpr uid_t kRoot = 0;
  if (who->user == kRoot) return true;
  if (who->user == file.st_uid) return (file.st_mode & S_IWUSR) != 0;
  if (was_in_group(*who, connection, file.st_gid)) return (file.st_mode & S_IWGRP) != 0;
  return (file.st_mode & S_IWOTH) != 0;
}

}  // namespace netkit
