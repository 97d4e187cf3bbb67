#include "admission/admission.h"

#include <algorithm>
#include <utility>

namespace netkit {
namespace {

using Refusal = Admission::Refusal;

constexpr AdmissionRule kAccess{"access"};
constexpr AdmissionRule kNoProxy{"not in proxy_from"};
constexpr std::string_view kConnectionsText = "limits.connections reached";
constexpr AdmissionRule kListenerConnections{kConnectionsText, "connections", "listener"};
constexpr AdmissionRule kServerConnections{kConnectionsText, "connections", "server"};
constexpr AdmissionRule kSourceConnections{"limits.per_source.connections reached", "connections", "source"};
constexpr std::string_view kConnectionRateText = "limits.connection_rate reached";
constexpr AdmissionRule kListenerConnectionRate{kConnectionRateText, "connection_rate", "listener"};
constexpr AdmissionRule kServerConnectionRate{kConnectionRateText, "connection_rate", "server"};
constexpr AdmissionRule kSourceConnectionRate{"limits.per_source.connection_rate reached", "connection_rate", "source"};
constexpr AdmissionRule kMemoryReached{"limits.memory reached", "memory", "server"};
constexpr std::chrono::milliseconds kMemoryPause{50};  // until memory is looked at again

bool take(std::atomic<std::uint64_t>& count, std::uint64_t most) {
  if (count.fetch_add(1) < most) return true;
  count.fetch_sub(1);
  return false;
}

}  // namespace

Admission::Admission(const AdmissionRules& rules, ServerUsage& server, ListenerUsage& listener, AdmissionOwner& owner)
    : rules_(rules),
      server_(server),
      listener_(listener),
      owner_(owner),
      listener_rates_(rules.limits),
      source_rates_(rules.limits.per_source),
      counts_sources_(rules.limits.per_source.connections > 0 || source_rates_.connection_rate.limited() ||
                      source_rates_.limits_traffic()),
      open_to_datagrams_(!listener_rates_.limits_traffic() && !source_rates_.limits_traffic() &&
                         rules.access.allow.empty() && rules.access.deny.empty()) {}

bool Admission::enforces(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) {
  const bool enforced = !rules_.limits.dry_run;
  owner_.on_limit_reached(peer, reason, rule, enforced);
  return enforced;
}

/// Of a connection that has been counted.
ConnectionPermit Admission::make_permit() { return ConnectionPermit(std::shared_ptr<Admission>(owner_.hold(), this)); }

/// Counts one more connection, unless there are as many as there may be.
ConnectionPermit Admission::take_permit() {
  if (!take(listener_.connections, rules_.limits.connections)) return {};
  if (take(server_.connections, server_.most_connections)) return make_permit();
  listener_.connections.fetch_sub(1);
  return {};
}

/// Which of the two limits has just left no permit; a connection that has ended since may make it the other.
const AdmissionRule& Admission::connections_reached() const {
  return listener_.connections < rules_.limits.connections ? kServerConnections : kListenerConnections;
}

/// A permit where none is left: only a dry run gives one.
ConnectionPermit Admission::permit_beyond(const PeerAddress& peer) {
  if (enforces(peer, CloseReason::over_limit, connections_reached())) return {};
  ++listener_.connections;
  ++server_.connections;
  return make_permit();
}

/// Of a permit that ends.
void Admission::take_back(Source* source) {
  if (source != nullptr) listener_.sources.leave(*source);
  listener_.connections.fetch_sub(1);
  server_.connections.fetch_sub(1);
  server_.waiters.notify_all();
}

Admission::Reservation Admission::reserve(TimePoint now, const std::shared_ptr<CapacityWaiter>& waiter) {
  Reservation reservation;
  if (server_.memory.over()) {
    owner_.on_arrivals_wait(kMemoryReached);
    reservation.has_to_wait = true;
    reservation.wait_until = now + kMemoryPause;
    return reservation;
  }
  if (rules_.limits.on_limit != OnLimit::defer || rules_.limits.dry_run) return reservation;
  reservation.wait_until = std::max(listener_.connection_rate.ready(listener_rates_.connection_rate, now),
                                    server_.connection_rate.ready(server_.rates().connection_rate, now));
  reservation.has_to_wait = reservation.wait_until > now;
  if (!reservation.has_to_wait) reservation.permit = take_permit();
  if (reservation.has_to_wait || reservation.permit) return reservation;
  server_.waiters.add(waiter);
  reservation.permit = take_permit();  // a connection may have ended just before
  reservation.has_to_wait = !reservation.permit;
  reservation.wait_until = TimePoint::max();
  return reservation;
}

ConnectionPermit Admission::admit(const PeerAddress& address, ConnectionPermit reserved, TimePoint now) {
  ConnectionPermit permit = std::move(reserved);
  Refusal refusal;
  const bool proxied = expects_proxy_header(address);
  if (!proxied && rules_.proxy.protocol == ProxyProtocol::required) {
    refusal = {CloseReason::denied, &kNoProxy};
  } else if (!proxied && !rules_.access.admits(address.ip())) {
    refusal = {CloseReason::denied, &kAccess};
  } else {
    refusal = count(address, permit, now);
    if (!refusal && !proxied) refusal = count_source(address, permit, true, now);
  }
  if (!refusal) return permit;
  owner_.on_connection_refused(address, refusal.reason, *refusal.rule);
  return {};
}

Refusal Admission::count(const PeerAddress& address, ConnectionPermit& permit, TimePoint now) {
  const bool reserved = static_cast<bool>(permit);
  if (!reserved) permit = take_permit();
  if (!permit) {
    permit = permit_beyond(address);
    if (!permit) return {CloseReason::over_limit, &connections_reached()};
  }
  if (!reserved) return check_rate(address, now);
  // Accepted because there was a token: another thread may have taken it meanwhile, and the next one waits longer then.
  listener_.connection_rate.charge(listener_rates_.connection_rate, now, 1);
  server_.connection_rate.charge(server_.rates().connection_rate, now, 1);
  return {};
}

Refusal Admission::check_rate(const PeerAddress& address, TimePoint now) {
  const bool within_listeners = listener_.connection_rate.take(listener_rates_.connection_rate, now);
  if (within_listeners && server_.connection_rate.take(server_.rates().connection_rate, now)) return {};
  const AdmissionRule& reached = within_listeners ? kServerConnectionRate : kListenerConnectionRate;
  return enforces(address, CloseReason::over_limit, reached) ? Refusal{CloseReason::over_limit, &reached} : Refusal{};
}

bool Admission::expects_proxy_header(const PeerAddress& address) const {
  return rules_.proxy.protocol != ProxyProtocol::off && contains(rules_.proxy.from, address.ip());
}

Refusal Admission::identify(const PeerAddress& peer, ConnectionPermit& permit, TimePoint now) {
  if (!rules_.access.admits(peer.ip())) return {CloseReason::denied, &kAccess};
  return count_source(peer, permit, true, now);
}

bool Admission::limits_source(const PeerAddress& peer) const {
  return counts_sources_ && (rules_.limits.per_source.loopback || !peer.is_of_this_machine());
}

Refusal Admission::count_source(const PeerAddress& peer, ConnectionPermit& permit, bool takes_token, TimePoint now) {
  if (!limits_source(peer)) return {};
  const auto [source, connections] = listener_.sources.enter(peer.source());
  permit.set_source(source);
  const SourceLimits& limits = rules_.limits.per_source;
  const AdmissionRule* reached = nullptr;
  if (limits.connections > 0 && connections > limits.connections) {
    reached = &kSourceConnections;
  } else if (takes_token && !source.connection_rate.take(source_rates_.connection_rate, now)) {
    reached = &kSourceConnectionRate;
  }
  if (reached == nullptr || !enforces(peer, CloseReason::over_limit, *reached)) return {};
  return {CloseReason::over_limit, reached};
}

void Admission::add_rates(RateBuckets& buckets, Source* source) {
  const QuotaRates server = server_.rates();
  buckets.add(RateBuckets::Counts::messages, server_.messages, server.messages);
  buckets.add(RateBuckets::Counts::bytes, server_.bytes, server.bytes);
  buckets.add(RateBuckets::Counts::messages, listener_.messages, listener_rates_.messages);
  buckets.add(RateBuckets::Counts::bytes, listener_.bytes, listener_rates_.bytes);
  if (source == nullptr) return;
  buckets.add(RateBuckets::Counts::messages, source->messages, source_rates_.messages);
  buckets.add(RateBuckets::Counts::bytes, source->bytes, source_rates_.bytes);
}

std::unique_ptr<RateBuckets> Admission::rates_for(const ConnectionPermit& permit) {
  if (!server_.rated() && !listener_rates_.limits_traffic() && !source_rates_.limits_traffic()) return nullptr;
  auto buckets = std::make_unique<RateBuckets>();
  add_rates(*buckets, permit.source());
  return buckets->empty() ? nullptr : std::move(buckets);
}

bool Admission::check_datagram(const PeerAddress& from, std::size_t size, TimePoint now) {
  if (!rules_.access.admits(from.ip())) {
    owner_.on_datagram_refused(from, CloseReason::denied, kAccess);
    return false;
  }
  const auto take = [&](Source* source) {
    RateBuckets buckets;
    add_rates(buckets, source);
    return buckets.take_datagram(size, now);
  };
  const bool by_source = limits_source(from) && source_rates_.limits_traffic();
  const bool taken =
      by_source ? listener_.sources.with(from.ip(), [&](Source& source) { return take(&source); }) : take(nullptr);
  if (taken || !enforces(from, CloseReason::rate_limit, kRatesReached)) return true;
  owner_.on_datagram_refused(from, CloseReason::rate_limit, kRatesReached);
  return false;
}

ConnectionPermit Admission::admit_call(const PeerAddress& from) {
  ConnectionPermit permit = take_permit();
  if (!permit) permit = permit_beyond(from);
  Refusal refusal{CloseReason::over_limit, &connections_reached()};
  if (permit) {
    refusal = server_.memory.over() ? Refusal{CloseReason::over_memory, &kMemoryReached}
                                    : count_source(from, permit, false, {});
  }
  if (!refusal) return permit;
  owner_.on_datagram_refused(from, refusal.reason, *refusal.rule);
  return {};
}

ConnectionPermit Admission::admit_conversation(const PeerAddress& from, TimePoint now) {
  ConnectionPermit permit;
  Refusal refusal = count(from, permit, now);
  if (!refusal && server_.memory.over()) refusal = {CloseReason::over_memory, &kMemoryReached};
  if (!refusal) refusal = count_source(from, permit, true, now);
  if (!refusal) return permit;
  owner_.on_datagram_refused(from, refusal.reason, *refusal.rule);
  return {};
}

}  // namespace netkit
