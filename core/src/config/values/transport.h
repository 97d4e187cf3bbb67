#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netkit {

enum class Transport : std::uint8_t { tcp, udp, tls, unix_socket };

const char* to_string(Transport transport);  ///< As a config has it: tcp, udp, tls or unix.

/// The inverse of to_string(); nothing if no transport has this name.
std::optional<Transport> find_transport(const std::string& name);

const std::vector<std::string>& transport_names();

/// The kind of socket that is bound for a transport: TLS needs a TCP socket.
inline Transport socket_of(Transport transport) { return transport == Transport::tls ? Transport::tcp : transport; }

}  // namespace netkit
