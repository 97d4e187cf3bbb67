#pragma once

#include <memory>

#include "host/transport/stream.h"
#include "netkit/unique_fd.h"

namespace netkit {

struct ListenerContext;

/// The stream of an accepted connection: by TLS if the listener has it from the first byte on.
std::unique_ptr<Stream> make_server_stream(const ListenerContext& context, UniqueFd socket);

/// The same connection by TLS from now on. Takes the socket of `clear`.
std::unique_ptr<Stream> continue_by_tls(const ListenerContext& context, Stream& clear);

}  // namespace netkit
