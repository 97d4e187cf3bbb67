#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "admission/peer_address.h"
#include "admission/port_set.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/service_sources.h"
#include "host/listener/datagram_drop.h"
#include "host/listener/datagram_rules.h"

namespace netkit {

/// What a datagram takes of a network: the bytes of its IP packet, and of the Ethernet frames that carry it, which have
/// a least size.
struct DatagramCost {
  std::uint64_t packet = 0;
  std::uint64_t frames = 0;

  /// Of a datagram with `size` bytes of payload.
  static DatagramCost of(std::size_t size, bool ipv6);
};

/// How much may still be sent as answers to one datagram, or to all of a conversation so far.
class AnswerBudget {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  AnswerBudget(const DatagramCost& left, std::uint64_t answers, bool ipv6)
      : left_(left), answers_(answers), ipv6_(ipv6) {}
  /// For a datagram that is not to be answered.
  static AnswerBudget none(DatagramDrop why) {
    AnswerBudget budget({}, kUnlimited, false);
    budget.why_ = why;
    return budget;
  }

  /// Takes what an answer of `size` bytes costs: none, or why it must not be sent, and takes nothing.
  DatagramDrop take(std::size_t size) {
    if (left_.packet == kUnlimited && answers_ > 0) [[likely]] {
      --answers_;
      return DatagramDrop::none;
    }
    return take_limited(size);
  }

  /// Adds what is left of `other`, of the same peer.
  void add(const AnswerBudget& other);
  /// From now on so many answers may be sent, however many were.
  void limit_answers(std::uint64_t answers) { answers_ = answers; }

 private:
  DatagramDrop take_limited(std::size_t size);

  DatagramCost left_;
  std::uint64_t answers_;
  bool ipv6_;
  DatagramDrop why_ = DatagramDrop::over_budget;
};

/// Decides which datagrams are served, so that nobody can use the server against somebody else by a forged source
/// address: neither as an amplifier (RFC 9000 section 8) nor as one end of a loop between two servers that answer
/// each other for ever (CERT VU#417980, RFC 8085 section 6). Pure logic: it has no socket and asks for no time.
class DatagramGuard {
 public:
  using IsLocal = std::function<bool(const PeerAddress&)>;

  /// `own_ports`, the ports this server serves datagrams on, outlives the guard. `is_local` tells whether an address is
  /// one of this machine's; it is asked only about sources that have one of those ports, or as few hops left as an
  /// answer to an answer.
  DatagramGuard(const SharedPortSet& own_ports, IsLocal is_local);

  /// none if a datagram may be served, else why not. A remote client may have the port number of one of our sockets:
  /// it is served.
  /// Rounds of a datagram from another machine are forgotten.
  DatagramDrop judge(const DatagramRules& rules, DatagramRoute& route) const;

  /// What all answers to a datagram of `size` bytes may cost together, counted both in packets and in frames. Without
  /// such a bound for a loopback source, which the kernel lets nobody forge from outside. None for a source that looks
  /// like a server and is over its rate.
  AnswerBudget budget(const DatagramRules& rules, const PeerAddress& from, std::size_t size, TimePoint now);

 private:
  bool is_of_this_machine(const PeerAddress& source) const { return source.is_loopback() || is_local_(source); }

  const SharedPortSet& own_ports_;
  IsLocal is_local_;
  ServiceSources services_;
};

}  // namespace netkit
