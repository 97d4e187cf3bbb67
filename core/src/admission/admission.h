#pragma once

#include <cstddef>
#include <memory>

#include "admission/address_range.h"
#include "admission/admission_owner.h"
#include "admission/connection_permit.h"
#include "admission/limits.h"
#include "admission/peer_address.h"
#include "admission/proxy_settings.h"
#include "admission/rate_buckets.h"
#include "admission/usage.h"
#include "session/close_reason.h"

namespace netkit {

/// What one listener lets in, as its config has it.
struct AdmissionRules {
  const Limits& limits;
  const AccessList& access;
  const ProxySettings& proxy;
};

/// Decides who is served on one listener and transport: counts of connections, rates, access lists. Tells its owner
/// what it refuses; under limits.dry_run it only does that. Thread-safe.
class Admission {
 public:
  /// A message or byte rate is reached.
  static constexpr AdmissionRule kRatesReached{"limits.messages or limits.bytes reached", "messages or bytes"};

  /// Everything given outlives this object. `owner` is not called before the first decision.
  Admission(const AdmissionRules& rules, ServerUsage& server, ListenerUsage& listener, AdmissionOwner& owner);

  /// Before a connection is accepted: for limits.on_limit defer a permit for it, or when to look again; `waiter` is
  /// told earlier if a connection ends. Where memory is short it waits in any case. In the other cases neither is
  /// there, and admit() takes the permit.
  struct Reservation {
    ConnectionPermit permit{};
    TimePoint wait_until{};
    bool has_to_wait = false;
  };
  Reservation reserve(TimePoint now, const std::shared_ptr<CapacityWaiter>& waiter);

  /// A connection that was accepted; without a permit it is to be closed.
  ConnectionPermit admit(const PeerAddress& address, ConnectionPermit reserved, TimePoint now);

  /// True if the connection's first bytes tell who is served; identify() is called then.
  bool expects_proxy_header(const PeerAddress& address) const;

  /// Why a conversation must not be.
  struct Refusal {
    CloseReason reason = CloseReason::none;
    const AdmissionRule* rule = nullptr;
    explicit operator bool() const { return reason != CloseReason::none; }
  };

  /// Checks who is served: access and the limits of the source, for which it is counted. The caller closes.
  Refusal identify(const PeerAddress& peer, ConnectionPermit& permit, TimePoint now);

  /// The buckets that a connection takes its messages and bytes from; null if no rate holds for it. Most callers want a
  /// RateLimiter.
  std::unique_ptr<RateBuckets> rates_for(const ConnectionPermit& permit);

  /// False if a datagram is to be dropped; the owner has been told then.
  bool admits_datagram(const PeerAddress& from, std::size_t size, TimePoint now) {
    return (open_to_datagrams_ && !server_.rated()) || check_datagram(from, size, now);
  }
  /// A permit for a datagram whose call runs on a worker. Without one the owner has been told.
  ConnectionPermit admit_call(const PeerAddress& from);
  /// A permit for a conversation that an admitted datagram begins. Without one the owner has been told.
  ConnectionPermit admit_conversation(const PeerAddress& from, TimePoint now);

  /// True if a limit that is reached is to be held to; under dry_run the owner is only told.
  bool enforces(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule);

  const Limits& limits() const { return rules_.limits; }

 private:
  friend class ConnectionPermit;

  ConnectionPermit make_permit();
  ConnectionPermit take_permit();
  const AdmissionRule& connections_reached() const;
  ConnectionPermit permit_beyond(const PeerAddress& peer);
  void take_back(Source* source);
  Refusal count(const PeerAddress& address, ConnectionPermit& permit, TimePoint now);
  Refusal count_source(const PeerAddress& peer, ConnectionPermit& permit, bool takes_token, TimePoint now);
  Refusal check_rate(const PeerAddress& address, TimePoint now);
  void add_rates(RateBuckets& buckets, Source* source);
  bool check_datagram(const PeerAddress& from, std::size_t size, TimePoint now);
  bool limits_source(const PeerAddress& peer) const;

  const AdmissionRules rules_;
  ServerUsage& server_;
  ListenerUsage& listener_;
  AdmissionOwner& owner_;
  const QuotaRates listener_rates_;
  const QuotaRates source_rates_;
  const bool counts_sources_;
  const bool open_to_datagrams_;
};

}  // namespace netkit
