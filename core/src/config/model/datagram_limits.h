#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "config/values/port_range.h"
#include "netkit/options.h"

namespace netkit {

/// The ports of services that answer every datagram. One that answers our answer makes a loop.
std::vector<PortRange> answering_ports();

/// The limits that keep a datagram listener from being used against others. The initial values are the defaults of the
/// config, whose keys config/sections/protection/limits.cpp has.
struct DatagramLimits {
  std::uint64_t max_amplification = 3;                       ///< Bytes sent for each byte of a datagram, on the wire.
  std::vector<PortRange> refused_ports = answering_ports();  ///< Datagrams from these ports are not served.
  std::uint64_t max_answers = 32;                            ///< Datagrams sent as answers to one.
  Rate service_rate{50, std::chrono::seconds(1)};            ///< Answered to a source that looks like a server.
};

/// How the datagrams of each peer make up one conversation. The initial values are the defaults of the config, whose
/// keys config/sections/listener/udp_sessions.cpp has.
struct UdpSessions {
  std::chrono::nanoseconds idle = std::chrono::seconds(30);  ///< How long a conversation may be silent.
  std::uint64_t max = 10'000;                                ///< Conversations at a time.
};

}  // namespace netkit
