#include "admission/admission.h"

#include <algorithm>
#include <utility>

#include "host/listener/listener_context.h"

namespace netkit {
namespace {

using Refusal = Admission::Refusal;

constexpr const char* kConnectionsReached = "limits.connections reached";

bool take(std::atomic<std::uint64_t>& count, std::uint64_t most) {
  if (count.fetch_add(1) < most) return true;
  count.fetch_sub(1);
  return false;
}

}  // namespace

ConnectionPermit::~ConnectionPermit() {
  if (!context_) return;
  ListenerContext& context = *context_;
  if (source_ != nullptr) context.state->sources.leave(*source_);
  context.state->connections.fetch_sub(1);
  context.load.connections.fetch_sub(1);
  context.load.bell.ring();
}

Admission::Admission(ListenerContext& context)
    : context_(context),
      load_(context.load),
      listener_(context.limits),
      source_(context.limits.per_source),
      counts_sources_(context.limits.per_source.connections > 0 || source_.connection_rate.limited() ||
                      source_.limits_traffic()),
      open_to_datagrams_(!listener_.limits_traffic() && !source_.limits_traffic() && context.access.allow.empty() &&
                         context.access.deny.empty()) {}

bool Admission::enforces(const PeerAddress& peer, CloseReason reason, const char* detail) {
  context_.counters.limits_reached.fetch_add(1, std::memory_order_relaxed);
  if (!context_.limits.dry_run) return true;
  context_.log_now_and_then(LogLevel::info,
                            to_string(peer.peer()) + " would be " + to_string(reason) + ": " + detail + " (dry run)");
  return false;
}

/// Counts one more connection, if there is room for it.
ConnectionPermit Admission::take_permit() {
  if (!take(context_.state->connections, context_.limits.connections)) return {};
  if (take(load_.connections, load_.most_connections)) return ConnectionPermit(context_.shared_from_this());
  context_.state->connections.fetch_sub(1);
  return {};
}

/// A place where there is none: only a dry run has one.
ConnectionPermit Admission::permit_beyond(const PeerAddress& peer) {
  if (enforces(peer, CloseReason::over_limit, kConnectionsReached)) return {};
  ++context_.state->connections;
  ++load_.connections;
  return ConnectionPermit(context_.shared_from_this());
}

Admission::Room Admission::reserve(TimePoint now, const std::shared_ptr<CancellableTask>& wake) {
  Room room;
  if (context_.limits.on_limit != OnLimit::defer || context_.limits.dry_run) return room;
  room.wait_until = std::max(context_.state->connection_rate.ready(listener_.connection_rate, now),
                             load_.connection_rate.ready(load_.rates().connection_rate, now));
  room.has_to_wait = room.wait_until > now;
  if (!room.has_to_wait) room.place = take_permit();
  if (room.has_to_wait || room.place) return room;
  load_.bell.wait(wake);
  room.place = take_permit();  // the last one may have left just before
  room.has_to_wait = !room.place;
  room.wait_until = TimePoint::max();
  return room;
}

ConnectionPermit Admission::admit(const PeerAddress& address, ConnectionPermit reserved, TimePoint now) {
  ConnectionPermit place = std::move(reserved);
  Refusal refusal;
  const bool proxied = expects_proxy_header(address);
  if (!proxied && context_.proxy.protocol == ProxyProtocol::required) {
    refusal = {CloseReason::denied, "not in proxy_from"};
  } else if (!proxied && !context_.access.admits(address.ip())) {
    refusal = {CloseReason::denied, "access"};
  } else {
    refusal = count(address, place, now);
    if (!refusal && !proxied) refusal = count_source(address, place, true, now);
  }
  if (!refusal) return place;
  context_.closed(refusal.reason, address.peer(), refusal.detail);
  return {};
}

Refusal Admission::count(const PeerAddress& address, ConnectionPermit& place, TimePoint now) {
  const bool reserved = static_cast<bool>(place);
  if (!reserved) place = take_permit();
  if (!place) {
    place = permit_beyond(address);
    if (!place) return {CloseReason::over_limit, kConnectionsReached};
  }
  if (!reserved) return check_rate(address, now);
  // Accepted because there was a token: another loop may have taken it meanwhile, and the next one waits longer then.
  context_.state->connection_rate.charge(listener_.connection_rate, now, 1);
  load_.connection_rate.charge(load_.rates().connection_rate, now, 1);
  return {};
}

Refusal Admission::check_rate(const PeerAddress& address, TimePoint now) {
  const bool room = context_.state->connection_rate.take(listener_.connection_rate, now) &&
                    load_.connection_rate.take(load_.rates().connection_rate, now);
  if (room || !enforces(address, CloseReason::over_limit, "limits.connection_rate reached")) return {};
  return {CloseReason::over_limit, "limits.connection_rate reached"};
}

bool Admission::expects_proxy_header(const PeerAddress& address) const {
  return context_.proxy.protocol != ProxyProtocol::off && contains(context_.proxy.from, address.ip());
}

Refusal Admission::identify(const PeerAddress& peer, ConnectionPermit& place, TimePoint now) {
  if (!context_.access.admits(peer.ip())) return {CloseReason::denied, "access"};
  return count_source(peer, place, true, now);
}

bool Admission::limits_source(const PeerAddress& peer) const {
  return counts_sources_ && (context_.limits.per_source.loopback || !peer.is_of_this_machine());
}

Refusal Admission::count_source(const PeerAddress& peer, ConnectionPermit& place, bool takes_token, TimePoint now) {
  if (!limits_source(peer)) return {};
  const auto [source, connections] = context_.state->sources.enter(peer.source());
  place.set_source(source);
  const SourceLimits& limits = context_.limits.per_source;
  const char* reached = nullptr;
  if (limits.connections > 0 && connections > limits.connections) {
    reached = "limits.per_source.connections reached";
  } else if (takes_token && !source.connection_rate.take(source_.connection_rate, now)) {
    reached = "limits.per_source.connection_rate reached";
  }
  if (reached == nullptr || !enforces(peer, CloseReason::over_limit, reached)) return {};
  return {CloseReason::over_limit, reached};
}

void Admission::add_rates(RateLimiter& gate, Source* source) {
  const QuotaRates server = load_.rates();
  gate.add(RateLimiter::Counts::messages, load_.messages, server.messages);
  gate.add(RateLimiter::Counts::bytes, load_.bytes, server.bytes);
  gate.add(RateLimiter::Counts::messages, context_.state->messages, listener_.messages);
  gate.add(RateLimiter::Counts::bytes, context_.state->bytes, listener_.bytes);
  if (source == nullptr) return;
  gate.add(RateLimiter::Counts::messages, source->messages, source_.messages);
  gate.add(RateLimiter::Counts::bytes, source->bytes, source_.bytes);
}

std::unique_ptr<RateLimiter> Admission::rates_for(const ConnectionPermit& place) {
  if (!load_.rated() && !listener_.limits_traffic() && !source_.limits_traffic()) return nullptr;
  auto gate = std::make_unique<RateLimiter>();
  add_rates(*gate, place.source());
  return gate->empty() ? nullptr : std::move(gate);
}

bool Admission::check_datagram(const PeerAddress& from, std::size_t size, TimePoint now) {
  if (!context_.access.admits(from.ip())) {
    context_.dropped(DatagramDrop::denied, from, "access");
    return false;
  }
  const auto take = [&](Source* source) {
    RateLimiter gate;
    add_rates(gate, source);
    return gate.take_datagram(size, now);
  };
  const bool by_source = limits_source(from) && source_.limits_traffic();
  const bool room = by_source ? context_.state->sources.with(from.ip(), [&](Source& source) { return take(&source); })
                              : take(nullptr);
  if (room || !enforces(from, CloseReason::rate_limit, kRatesReached)) return true;
  context_.dropped(DatagramDrop::rate_limit, from, kRatesReached);
  return false;
}

ConnectionPermit Admission::admit_call(const PeerAddress& from) {
  ConnectionPermit place = take_permit();
  if (!place) place = permit_beyond(from);
  Refusal refusal{CloseReason::over_limit, kConnectionsReached};
  if (place) refusal = count_source(from, place, false, {});
  if (!refusal) return place;
  context_.dropped(DatagramDrop::over_limit, from, refusal.detail);
  return {};
}

}  // namespace netkit
