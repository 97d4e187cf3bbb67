#pragma once

#include <span>
#include <string_view>

#include "netkit-client/connection/connection.h"

namespace netkit::client {

/// One non-blocking recv(2) or send(2). Poco's calls throw for EAGAIN and hide errno.
Io receive_from(int socket, std::span<char> into);
Io send_to(int socket, std::string_view bytes);

/// The same for streams: 0 bytes mean the end.
Io receive_stream(int socket, std::span<char> into);
Io send_stream(int socket, std::string_view bytes);

/// Makes close(2) reset the connection instead of ending it in an orderly way. (Not possible for Unix sockets.)
void reset_at_close(int socket);

}  // namespace netkit::client
