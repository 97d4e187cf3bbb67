#pragma once

#include <cstdint>

namespace netkit {

/// Why a datagram was not served, or an answer to one not sent. Every drop has one; it stands in the log and is
/// counted.
enum class DatagramDrop : std::uint8_t {
  none,            ///< It was not dropped.
  truncated,       ///< It was cut on its way to us.
  to_many,         ///< It was sent to a broadcast or multicast address.
  bad_source,      ///< Its source is no address of one host: unspecified, broadcast, multicast.
  refused_port,    ///< Its source port is one of limits.refused_ports.
  own_port,        ///< It came from a datagram port of this server.
  over_budget,     ///< An answer over limits.max_amplification.
  not_sent,        ///< An answer that the kernel did not take.
  too_many_calls,  ///< Too many handlers run for datagrams already.
  failed,          ///< There was no memory or thread for it.
  denied,          ///< Its source is not let in by access.
  rate_limit,      ///< Over limits.messages or limits.bytes.
  over_limit,      ///< Its handler runs on a worker, and limits.connections are reached.
};
inline constexpr int kDatagramDrops = 13;

/// The name used in logs and counters, e.g. "own-port".
const char* to_string(DatagramDrop drop);

}  // namespace netkit
