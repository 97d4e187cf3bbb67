#pragma once

#include <cstdint>
#include <limits>

#include "admission/port_set.h"
#include "admission/token_bucket.h"

namespace netkit {

/// What the config says of whom a datagram listener answers, and how much.
struct DatagramRules {
  std::uint64_t max_amplification = 0;  ///< Bytes sent for each byte of a datagram, on the wire. The config sets it.
  PortSet refused_ports{};
  std::uint64_t max_answers = std::numeric_limits<std::uint64_t>::max();  ///< To one datagram.
  BucketSize service_rate{};             ///< Of answers to a source that looks like a server.
  std::uint64_t most_conversations = 0;  ///< 0: each datagram is a conversation of its own.
};

}  // namespace netkit
