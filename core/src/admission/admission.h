#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "admission/connection_permit.h"
#include "admission/peer_address.h"
#include "admission/rate_limiter.h"
#include "admission/usage.h"
#include "host/loop/cancellable_task.h"
#include "session/close_reason.h"

namespace netkit {

struct ListenerContext;

/// Decides who is served on one listener and transport: counts of connections, rates, access lists. Part of a
/// ListenerContext. What it refuses it counts and logs; under limits.dry_run it only does that. Thread-safe.
class Admission {
 public:
  /// What the log says where a message or byte rate is reached.
  static constexpr const char* kRatesReached = "limits.messages or limits.bytes reached";

  explicit Admission(ListenerContext& context);

  /// For limits.on_limit defer, before a connection is accepted: a place for it, or when to look again; `wake` is
  /// called earlier if room comes by a connection that ends. In the other cases neither is there, and admit() finds the
  /// place.
  struct Room {
    ConnectionPermit place{};
    TimePoint wait_until{};
    bool has_to_wait = false;
  };
  Room reserve(TimePoint now, const std::shared_ptr<CancellableTask>& wake);

  /// A connection that was accepted; without a place it is to be closed.
  ConnectionPermit admit(const PeerAddress& address, ConnectionPermit reserved, TimePoint now);

  /// True if the connection's first bytes tell who is served; identify() is called then.
  bool expects_proxy_header(const PeerAddress& address) const;

  /// Why a conversation must not be.
  struct Refusal {
    CloseReason reason = CloseReason::none;
    const char* detail = "";
    explicit operator bool() const { return reason != CloseReason::none; }
  };

  /// Checks who is served: access and the limits of the source, for which it is counted. The caller closes.
  Refusal identify(const PeerAddress& peer, ConnectionPermit& place, TimePoint now);

  /// The rates that hold for a connection; null if there are none.
  std::unique_ptr<RateLimiter> rates_for(const ConnectionPermit& place);

  /// False if a datagram is to be dropped; it has been counted then.
  bool admits_datagram(const PeerAddress& from, std::size_t size, TimePoint now) {
    return (open_to_datagrams_ && !load_.rated()) || check_datagram(from, size, now);
  }
  /// A place for a datagram whose call runs on a worker.
  ConnectionPermit admit_call(const PeerAddress& from);

  /// True if what a reached limit demands is to be done; under dry_run it is only counted and logged.
  bool enforces(const PeerAddress& peer, CloseReason reason, const char* detail);

 private:
  ConnectionPermit take_permit();
  ConnectionPermit permit_beyond(const PeerAddress& peer);
  Refusal count(const PeerAddress& address, ConnectionPermit& place, TimePoint now);
  Refusal count_source(const PeerAddress& peer, ConnectionPermit& place, bool takes_token, TimePoint now);
  Refusal check_rate(const PeerAddress& address, TimePoint now);
  void add_rates(RateLimiter& gate, Source* source);
  bool check_datagram(const PeerAddress& from, std::size_t size, TimePoint now);
  bool limits_source(const PeerAddress& peer) const;

  ListenerContext& context_;
  ServerUsage& load_;
  QuotaRates listener_;
  QuotaRates source_;
  bool counts_sources_;
  bool open_to_datagrams_;
};

}  // namespace netkit
