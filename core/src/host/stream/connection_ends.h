#pragma once

#include "admission/peer_address.h"
#include "host/transport/stream.h"
#include "netkit/conversation.h"
#include "netkit/peer.h"

namespace netkit {

/// What is known of the peer at `address`. `stream`: its connection, or null once that is closed. `proxied`: a PROXY
/// header has named the address, and the socket's peer is the proxy.
Peer peer_of(const PeerAddress& address, const Stream* stream, bool proxied);

/// The address of this end of the peer's connection, as far as it has one. `stream` as above.
LocalEnd local_end_of(const PeerAddress& peer, const Stream* stream, const std::string& transport);

/// True if the file of the Unix socket that `connection` was accepted from lets its peer connect now: by owner, group
/// and mode. If there is no such file any more, nothing has changed.
bool may_connect_still(const PeerAddress& peer, int connection);

}  // namespace netkit
