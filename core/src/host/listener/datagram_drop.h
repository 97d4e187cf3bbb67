#pragma once

#include <cstdint>

namespace netkit {

/// Why a datagram was not served, or an answer to one not sent. Every drop has one; it stands in the log and is
/// counted.
enum class DatagramDrop : std::uint8_t {
  none,              ///< It was not dropped.
  truncated,         ///< It was cut on its way to us.
  to_many,           ///< It was sent to a broadcast or multicast address.
  bad_source,        ///< Its source is no address of one host: unspecified, broadcast, multicast.
  refused_port,      ///< Its source port is one of limits.refused_ports.
  own_port,          ///< It came from a datagram port of this server.
  over_budget,       ///< An answer over limits.max_amplification.
  not_sent,          ///< An answer that the kernel did not take.
  too_many_calls,    ///< Too many handlers run for datagrams already.
  too_many_peers,    ///< It is of a new peer, and udp_sessions.max conversations are open.
  backlog,           ///< Too much waits for an earlier message of its conversation to be answered.
  ending,            ///< Its conversation takes no new messages.
  failed,            ///< There was no memory or thread for it.
  denied,            ///< Its source is not let in by access.
  rate_limit,        ///< Over limits.messages or limits.bytes.
  too_many_answers,  ///< An answer over limits.max_answers, or the rest of a datagram that has brought so many.
  service_rate,      ///< An answer to a source that looks like a server, over limits.service_rate.
  answer_loop,       ///< It is an answer to an answer to an answer.
  paused,            ///< An operator has paused the listener.
  over_limit,        ///< limits.connections are reached, and it needs one: a worker for its handler, or a conversation.
};
inline constexpr int kDatagramDrops = 20;

/// The name used in logs and counters, e.g. "own-port".
const char* to_string(DatagramDrop drop);

}  // namespace netkit
