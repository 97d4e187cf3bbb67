#pragma once

#include <span>
#include <string_view>

#include "netkit-client/connection/connection.h"

namespace netkit::client {

/// One recv(2) or send(2) that does not wait. Poco's own calls throw for EAGAIN and hide errno.
Io receive_from(int socket, std::span<char> into);
Io send_to(int socket, std::string_view bytes);

/// The same for streams, which end.
Io receive_stream(int socket, std::span<char> into);
Io send_stream(int socket, std::string_view bytes);

/// Has the kernel tell the server, once the socket is closed, that this was no orderly end. (Unix sockets cannot.)
void reset_at_close(int socket);

}  // namespace netkit::client
