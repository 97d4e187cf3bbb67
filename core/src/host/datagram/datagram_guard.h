#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "admission/peer_address.h"
#include "admission/port_set.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_drop.h"

namespace netkit {

/// What the config says of whom a datagram listener answers, and how much.
struct DatagramRules {
  std::uint64_t max_amplification = 0;  ///< Bytes sent for each byte of a datagram, on the wire. The config sets it.
  PortSet refused_ports{};
  std::uint64_t most_conversations = 0;  ///< 0: each datagram is a conversation of its own.
};

/// How many bytes on the wire may still be sent as answers to one datagram, or to all of a conversation so far.
class AnswerBudget {
 public:
  AnswerBudget(std::uint64_t bytes, std::size_t headers) : left_(bytes), headers_(headers) {}

  /// Takes what an answer of `size` bytes costs; false, and takes nothing, if there is not enough.
  bool take(std::size_t size) {
    if (size + headers_ > left_) return false;
    left_ -= size + headers_;
    return true;
  }

  /// Adds what is left of `other`, of the same peer.
  void add(const AnswerBudget& other) {
    left_ = other.left_ > std::numeric_limits<std::uint64_t>::max() - left_ ? std::numeric_limits<std::uint64_t>::max()
                                                                            : left_ + other.left_;
  }

 private:
  std::uint64_t left_;
  std::size_t headers_;
};

/// Decides which datagrams are served, so that nobody can use the server against somebody else by a forged source
/// address: neither as an amplifier (RFC 9000 section 8) nor as one end of a loop between two servers that answer
/// each other for ever (CERT VU#417980, RFC 8085 section 6). Pure logic: it has no socket and asks for no time.
class DatagramGuard {
 public:
  using IsLocal = std::function<bool(const PeerAddress&)>;

  /// `own_ports`, the ports this server serves datagrams on, outlives the guard. `is_local` tells whether an address is
  /// one of this machine's; it is asked only about sources that have one of those ports.
  DatagramGuard(const SharedPortSet& own_ports, IsLocal is_local);

  /// none if a datagram may be served, else why not. A remote client may have the port number of one of our sockets:
  /// it is served.
  DatagramDrop judge(const DatagramRules& rules, const DatagramRoute& route) const;

  /// What all answers to a datagram of `size` bytes may cost together. IP and UDP headers count on both sides, without
  /// options or fragments. Without bound for a loopback source, which the kernel lets nobody forge from outside.
  AnswerBudget budget(const DatagramRules& rules, const PeerAddress& from, std::size_t size) const;

 private:
  const SharedPortSet& own_ports_;
  IsLocal is_local_;
};

}  // namespace netkit
