#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "admission/address_range.h"
#include "admission/admission.h"
#include "admission/admission_owner.h"
#include "admission/concurrency_limiter.h"
#include "admission/limits.h"
#include "admission/proxy_settings.h"
#include "admission/usage.h"
#include "base/log_throttle.h"
#include "host/listener/connection_record.h"
#include "host/listener/datagram_drop.h"
#include "host/listener/datagram_rules.h"
#include "host/listener/last_malformed.h"
#include "host/listener/listener_log.h"
#include "host/listener/listener_totals.h"
#include "host/listener/server_state.h"
#include "host/listener/traffic_counters.h"
#include "host/worker/worker_pool.h"
#include "netkit/plugin.h"
#include "session/close_reason.h"
#include "session/session.h"
#include "session/timeouts.h"
#include "tls/context.h"
#include "tls/version.h"

namespace netkit {

/// What happened on one listener. Counters only grow; any thread.
struct ListenerCounters {
  explicit ListenerCounters(std::size_t loops) : traffic(loops) {}

  TrafficCounters traffic;
  std::atomic<std::uint64_t> accepted{0};
  std::array<std::atomic<std::uint64_t>, kDatagramDrops> datagrams_dropped{};
  std::atomic<std::uint64_t> limits_reached{0};  ///< Also those that limits.dry_run let pass.
  std::atomic<std::uint64_t> refused_calls{0};
  std::array<std::atomic<std::uint64_t>, kCloseReasons> closed{};
  std::array<std::atomic<std::uint64_t>, kTlsVersions.size()> handshakes{};  ///< By version.
  std::atomic<std::uint64_t> failed_handshakes{0};

  void count_refused_call() { refused_calls.fetch_add(1, std::memory_order_relaxed); }

  void count_drops(DatagramDrop drop, std::uint64_t count) {
    datagrams_dropped[static_cast<std::size_t>(drop)].fetch_add(count, std::memory_order_relaxed);
  }

  /// `version`: one of kTlsVersions.
  void count_handshake(std::string_view version) {
    const auto* found = std::find(kTlsVersions.begin(), kTlsVersions.end(), version);
    if (found == kTlsVersions.end()) return;
    handshakes[static_cast<std::size_t>(found - kTlsVersions.begin())].fetch_add(1, std::memory_order_relaxed);
  }
  void count_failed_handshake() { failed_handshakes.fetch_add(1, std::memory_order_relaxed); }

  void count_close(CloseReason reason) {
    closed[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  }
};

/// What the config says of one listener and transport.
struct ListenerSettings {
  std::string name;
  Protocol protocol{};
  Limits limits{};
  Timeouts timeouts{};
  DatagramRules datagrams{};
  std::string transport = "tcp";                       ///< For the log.
  std::shared_ptr<ConcurrencyLimiter> call_limiter{};  ///< protocol.call_limiter, for those who run the calls.
  AccessList access{};
  ProxySettings proxy{};
  bool refuse_http = false;  ///< A connection that begins with an HTTP request ends.
  /// Null: connections are not encrypted. With protocol.can_start_tls they begin in clear.
  std::shared_ptr<const TlsServerContext> tls{};
};

/// What has happened on one listener and transport: a reload gives it another context, but not another past. Any
/// thread.
struct ListenerState : ListenerUsage {
  /// `loops`: how many event loops serve it.
  explicit ListenerState(std::size_t loops = 1) : counters(loops) {}

  ListenerCounters counters;
  LogThrottle log_throttle{};
  LastMalformed last_malformed{};
};

/// What the hosts and connections of one listener and transport share, always held by shared_ptr: each connection keeps
/// the context it began with, and with it the plugins it runs on.
struct ListenerContext final : ListenerSettings, AdmissionOwner, std::enable_shared_from_this<ListenerContext> {
  /// A reload passes on the `past` of the context that this one follows. Server-wide objects outlive every context.
  ListenerContext(ListenerSettings settings, ServerState& server_state, WorkerPool& worker_pool, HostLog& server_log,
                  std::shared_ptr<ListenerState> past = std::make_shared<ListenerState>())
      : ListenerSettings(std::move(settings)),
        server(server_state),
        workers(worker_pool),
        log(server_log),
        state(std::move(past)) {}

  ServerState& server;
  WorkerPool& workers;
  HostLog& log;
  /// For the handler and its conversations.
  const std::shared_ptr<ListenerLog> handler_log = std::make_shared<ListenerLog>(log, name, transport);
  const std::shared_ptr<ListenerState> state;
  ListenerCounters& counters = state->counters;
  Admission admission{{limits, access, proxy}, server, *state, *this};

  /// Where the times of calls that stay open are counted, of one loop.
  std::shared_ptr<TimeHistogram> call_times(std::size_t loop) const {
    return {state, &state->counters.traffic.of_loop(loop).times};
  }

  /// Logs the beginning of a connection, if connections are logged.
  void opened(const SessionHost& connection);

  /// Counts the end of a connection and logs it: each one if connections are logged, else those now and then that did
  /// not end well.
  void closed(const ConnectionEnd& end, const SessionHost& connection);

  /// Counts the end of what was no connection (a refused one, a datagram) and logs it now and then, if it is no
  /// ordinary one. `first_bytes`: of what was malformed.
  void closed(CloseReason reason, const Peer& peer, const std::string& detail, std::string_view first_bytes = {});

  /// Keeps malformed bytes for /errors.
  void note_malformed(const Peer& peer, std::string_view reason, const MalformedPlace& place) const;

  /// Logs what a peer can bring about as often as it likes, so that it cannot flood the log: one line a second at most,
  /// which says how many were left out since the last. An empty `peer`: it is about none.
  void event_now_and_then(LogLevel level, std::string_view event, std::string_view peer, std::string_view text,
                          LogField about);

  /// Counts a datagram, or an answer to one, that was dropped, and logs it now and then.
  void dropped(DatagramDrop drop, const PeerAddress& peer, std::string_view detail = {});

  /// What was counted so far. Any thread.
  ListenerTotals totals() const;

  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void on_limit_reached(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule, bool enforced) override;
  void on_arrivals_wait(const AdmissionRule& rule) override;
  void on_connection_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) override;
  void on_datagram_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) override;

 private:
  bool tells_now(CloseReason reason, std::uint64_t& left_out);
  bool may_log(LogLevel level, std::uint64_t& left_out);
  struct Verdict;
  void refuse(CloseReason reason, const Peer& peer, const AdmissionRule& rule, std::string_view first_bytes = {});
  void drop(DatagramDrop drop, const PeerAddress& peer, const AdmissionRule& rule);
  void tell(LogLevel level, const Verdict& verdict, const Peer& peer, std::uint64_t left_out);
};

}  // namespace netkit
