#include "host/stream/connection_ends.h"

#include <sys/socket.h>

#include <optional>
#include <utility>

namespace netkit {

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

}  // namespace netkit
