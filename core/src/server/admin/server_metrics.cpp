#include "server/admin/server_metrics.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <type_traits>
#include <utility>
#include <variant>

#include "admin/exposition.h"
#include "host/listener/server_state.h"
#include "host/worker/worker_pool.h"
#include "server/admin/process_facts.h"
#include "server/admin/server_administration.h"

namespace netkit {
namespace {

using Entry = ListenerDirectory::Entry;
using Entries = ListenerDirectory::Entries;

constexpr const char* kCounter = "counter";
constexpr const char* kGauge = "gauge";

Exposition::Labels labels_of(const Entry& entry) {
  return {{"listener", entry.context->name}, {"transport", entry.context->transport}};
}

std::uint64_t load(const std::atomic<std::uint64_t>& value) { return value.load(std::memory_order_relaxed); }

/// One metric with a value for each listener and transport.
template <class Value>
void each_listener(Exposition& out, const Entries& entries, const char* name, const char* kind, const char* help,
                   Value value) {
  out.begin(name, kind, help);
  for (const Entry& entry : entries) out.value(labels_of(entry), static_cast<std::uint64_t>(value(entry)));
}

/// One metric with a value for each listener, transport and reason, from the start.
template <class Reason, std::size_t kSize>
void each_reason(Exposition& out, const Entries& entries, const char* name, const char* help,
                 const std::array<std::atomic<std::uint64_t>, kSize> ListenerCounters::*counts) {
  out.begin(name, kCounter, help);
  for (const Entry& entry : entries) {
    for (std::size_t i = 1; i < kSize; ++i) {  // 0 is "none"
      Exposition::Labels labels = labels_of(entry);
      labels.emplace_back("reason", to_string(static_cast<Reason>(i)));
      out.value(labels, load((entry.context->counters.*counts)[i]));
    }
  }
}

void add_connections(Exposition& out, const Entries& entries) {
  each_listener(out, entries, "netkit_connections", kGauge, "Open connections, and conversations over UDP.",
                [](const Entry& entry) { return load(entry.context->state->connections); });
  each_listener(out, entries, "netkit_connections_limit", kGauge, "limits.connections of the listener.",
                [](const Entry& entry) { return entry.context->limits.connections; });
  each_listener(out, entries, "netkit_connections_accepted_total", kCounter, "Connections accepted.",
                [](const Entry& entry) { return load(entry.context->counters.accepted); });
  each_reason<CloseReason>(out, entries, "netkit_connections_closed_total",
                           "Connections that ended or were refused, by reason.", &ListenerCounters::closed);
  each_listener(out, entries, "netkit_limits_reached_total", kCounter,
                "How often a limit was reached, also where limits.dry_run let it pass.",
                [](const Entry& entry) { return load(entry.context->counters.limits_reached); });
  each_listener(out, entries, "netkit_listener_paused", kGauge, "1 while an operator has paused the listener.",
                [](const Entry& entry) { return entry.paused ? 1 : 0; });
}

void add_traffic(Exposition& out, const Entries& entries) {
  const auto traffic = [&](const char* name, const char* help, std::uint64_t ListenerTotals::*count) {
    each_listener(out, entries, name, kCounter, help,
                  [count](const Entry& entry) { return entry.context->totals().*count; });
  };
  traffic("netkit_messages_received_total", "Messages received.", &ListenerTotals::messages);
  traffic("netkit_messages_sent_total", "Messages sent.", &ListenerTotals::answers);
  traffic("netkit_received_bytes_total", "Bytes received, framing included.", &ListenerTotals::received_bytes);
  traffic("netkit_sent_bytes_total", "Bytes sent, framing included.", &ListenerTotals::sent_bytes);
  each_reason<DatagramDrop>(out, entries, "netkit_datagrams_dropped_total", "Datagrams dropped, by reason.",
                            &ListenerCounters::datagrams_dropped);
}

void histogram(Exposition& out, const Exposition::Labels& labels, const TimeHistogram::Reading& times) {
  static const std::vector<double> bounds(TimeHistogram::kBounds.begin(), TimeHistogram::kBounds.end());
  out.histogram(labels, bounds, times.counts, times.seconds);
}

/// One metric with a value for each listener, whatever its transports.
template <class Value>
void each_handler(Exposition& out, const Entries& entries, const char* name, const char* kind, const char* help,
                  Value value) {
  out.begin(name, kind, help);
  for (const Entry& entry : entries) {
    if (entry.metrics) out.value({{"listener", entry.context->name}}, static_cast<std::uint64_t>(value(entry)));
  }
}

ConcurrencyLimiter::Usage calls_of(const Entry& entry) {
  const ConcurrencyLimiter* const limiter = entry.context->call_limiter.get();
  return limiter == nullptr ? ConcurrencyLimiter::Usage() : limiter->usage();
}

void add_handlers(Exposition& out, const Entries& entries) {
  out.begin("netkit_handler_duration_seconds", "histogram",
            "How long the handler took for a message; of messages that came together, the mean.");
  for (const Entry& entry : entries) {
    Exposition::Labels labels = labels_of(entry);
    labels.emplace_back("handler", entry.handler);
    histogram(out, labels, entry.context->counters.traffic.times());
  }
  each_handler(out, entries, "netkit_calls_running", kGauge, "Calls that run, of handlers that bound them.",
               [](const Entry& entry) { return calls_of(entry).running; });
  each_handler(out, entries, "netkit_calls_waiting", kGauge, "Calls that wait for their turn.",
               [](const Entry& entry) { return calls_of(entry).waiting; });
  each_listener(out, entries, "netkit_calls_refused_total", kCounter,
                "Messages that were refused, as too many calls ran and waited.",
                [](const Entry& entry) { return load(entry.context->counters.refused_calls); });
}

void add_tls(Exposition& out, const Entries& entries) {
  Entries encrypted;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(encrypted),
               [](const Entry& entry) { return entry.context->tls != nullptr; });
  out.begin("netkit_tls_handshakes_total", kCounter, "TLS handshakes that have succeeded.");
  for (const Entry& entry : encrypted) {
    for (std::size_t i = 0; i < kTlsVersions.size(); ++i) {
      Exposition::Labels labels = labels_of(entry);
      labels.emplace_back("version", kTlsVersions[i]);
      out.value(labels, load(entry.context->counters.handshakes[i]));
    }
  }
  each_listener(out, encrypted, "netkit_tls_handshake_failures_total", kCounter,
                "Connections that have ended in the TLS handshake.",
                [](const Entry& entry) { return load(entry.context->counters.failed_handshakes); });
}

template <class Number>
void single(Exposition& out, const char* name, const char* kind, const char* help, Number value) {
  out.begin(name, kind, help);
  out.value({}, value);
}

void add_service(Exposition& out, const ServiceFacts& facts) {
  out.begin("netkit_build_info", kGauge, "1, with the version as a label.");
  out.value({{"version", NETKIT_VERSION}}, std::uint64_t{1});
  single(out, "netkit_draining", kGauge, "1 once the server is ending.", std::uint64_t{facts.ready ? 0U : 1U});
  single(out, "netkit_config_reloads_total", kCounter, "Reloads that were asked for.", load(facts.reloads));
  single(out, "netkit_config_reload_failures_total", kCounter, "Reloads that failed; the config before stays.",
         load(facts.failed_reloads));
  single(out, "netkit_config_last_reload_success_timestamp_seconds", kGauge,
         "When the config that is served was loaded, in seconds since 1970.", facts.last_reload.load());
}

void add_process(Exposition& out, const ServiceFacts& facts) {
  const ProcessFacts process = process_facts();
  single(out, "process_cpu_seconds_total", kCounter, "User and system CPU time.", process.cpu_seconds);
  single(out, "process_open_fds", kGauge, "Open file descriptors.", process.open_descriptors);
  single(out, "process_max_fds", kGauge, "The most file descriptors that may be open.", process.most_descriptors);
  single(out, "process_resident_memory_bytes", kGauge, "Resident memory.", process.resident_bytes);
  single(out, "process_virtual_memory_bytes", kGauge, "Virtual memory.", process.virtual_bytes);
  single(out, "process_threads", kGauge, "Threads.", process.threads);
  single(out, "process_start_time_seconds", kGauge, "When the process started, in seconds since 1970.",
         std::chrono::duration<double>(facts.started.time_since_epoch()).count());
}

void add_workers(Exposition& out, const WorkerPool& workers) {
  const WorkerPool::Usage usage = workers.usage();
  single(out, "netkit_worker_threads", kGauge, "worker_threads: the most threads that run calls which may block.",
         std::int64_t{usage.most_threads});
  single(out, "netkit_worker_busy_threads", kGauge, "Of these, those that run a call.", std::int64_t{usage.busy});
  single(out, "netkit_worker_queue_length", kGauge, "Calls that wait for a thread.", std::uint64_t{usage.waiting});
  out.begin("netkit_worker_queue_wait_seconds", "histogram", "How long calls have waited for a thread.");
  histogram(out, {}, workers.waits());
}

void add_budgets(Exposition& out, const ServerState& state) {
  single(out, "netkit_memory_waiting_bytes", kGauge, "Memory of what waits for peers, as limits.memory counts it.",
         state.memory.taken());
  single(out, "netkit_memory_waiting_limit_bytes", kGauge, "limits.memory, or what it stands for.",
         state.memory.most());
  single(out, "netkit_spool_bytes", kGauge, "Disk space of outputs that wait for peers.", state.spool->taken());
  single(out, "netkit_spool_limit_bytes", kGauge, "limits.spool.", state.spool->most());
}

/// Plugins of several listeners may have a metric of the same name, and even of another kind.
void add_plugins(Exposition& out, const Entries& entries) {
  struct Line {
    const Entry* entry;
    MetricReading reading;
  };
  std::map<std::pair<std::string, std::string>, std::vector<Line>> by_name;
  for (const Entry& entry : entries) {
    if (!entry.metrics) continue;
    for (MetricReading& reading : entry.metrics->readings()) {
      std::pair<std::string, std::string> key{reading.name, reading.kind()};
      by_name[std::move(key)].push_back({&entry, std::move(reading)});
    }
  }
  std::string before;
  for (const auto& [key, lines] : by_name) {
    const std::string name = "netkit_plugin_" + key.first + (key.first == before ? "_" + key.second : "") +
                             (key.second == kCounter && !key.first.ends_with("_total") ? "_total" : "");
    before = key.first;
    out.begin(name, key.second, lines.front().reading.help);
    for (const Line& line : lines) {
      const Exposition::Labels labels{{"listener", line.entry->context->name}};
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, MetricReading::Ranges>) {
              out.histogram(labels, value.bounds, value.counts, value.sum);
            } else {
              out.value(labels, value);
            }
          },
          line.reading.value);
    }
  }
}

}  // namespace

std::string metrics_text(const Entries& listeners, const ServerState& state, const WorkerPool& workers,
                         const ServiceFacts& facts) {
  Exposition out;
  add_service(out, facts);
  add_connections(out, listeners);
  add_traffic(out, listeners);
  add_handlers(out, listeners);
  add_tls(out, listeners);
  add_workers(out, workers);
  add_budgets(out, state);
  add_plugins(out, listeners);
  add_process(out, facts);
  return out.take();
}

}  // namespace netkit
