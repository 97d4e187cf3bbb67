#include "host/stream/server_stream.h"

#include <utility>

#include "host/listener/listener_context.h"
#include "host/transport/plain_stream.h"
#include "host/transport/tls_stream.h"

namespace netkit {

std::unique_ptr<Stream> make_server_stream(const ListenerContext& context, UniqueFd socket) {
  if (context.tls && !context.protocol.can_start_tls)
    return std::make_unique<TlsStream>(std::move(socket), context.tls->make_engine());
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<Stream> continue_by_tls(const ListenerContext& context, Stream& clear) {
  auto stream = std::make_unique<TlsStream>(UniqueFd(), context.tls->make_engine());
  stream->take_socket(clear);
  return stream;
}

}  // namespace netkit
