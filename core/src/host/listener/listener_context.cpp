#include "host/listener/listener_context.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "admission/peer_address.h"
#include "base/printable.h"
#include "base/run_guarded.h"

namespace netkit {
namespace {

LogLevel level_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::none:
    case CloseReason::peer_closed:
    case CloseReason::handler_closed:
    case CloseReason::idle:
    case CloseReason::shutdown:
    case CloseReason::lifetime:
      return LogLevel::debug;
    case CloseReason::handler_failed:
    case CloseReason::handler_dropped:
    case CloseReason::program_failed:
    case CloseReason::body_failed:
    case CloseReason::out_of_resources:
    case CloseReason::over_memory:
      return LogLevel::warning;
    case CloseReason::killed:
    case CloseReason::peer_cut:
    case CloseReason::peer_reset:
    case CloseReason::malformed:
    case CloseReason::over_limit:
    case CloseReason::first_byte_timeout:
    case CloseReason::message_timeout:
    case CloseReason::write_stall:
    case CloseReason::handler_timeout:
    case CloseReason::rate_limit:
    case CloseReason::denied:
    case CloseReason::proxy_malformed:
    case CloseReason::tls_failed:
    case CloseReason::too_slow:
    case CloseReason::http_request:
    case CloseReason::no_longer_admitted:
      return LogLevel::info;
  }
  return LogLevel::info;
}

constexpr std::size_t kMalformedBytes = 64;
constexpr std::size_t kBytesBefore = 16;

std::string utc_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, sizeof "2026-01-01T00:00:00Z"> text{};
  std::strftime(text.data(), text.size(), "%FT%TZ", &parts);
  return text.data();
}

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += {"0123456789abcdef"[value >> 4], "0123456789abcdef"[value & 15]};
  }
  return text;
}

/// Of a line that is written: an ordinary end has one only where every connection has.
LogLevel line_level(CloseReason reason) { return std::max(level_of(reason), LogLevel::info); }

DatagramDrop drop_for(CloseReason reason) {
  switch (reason) {
    case CloseReason::rate_limit:
      return DatagramDrop::rate_limit;
    case CloseReason::over_limit:
    case CloseReason::over_memory:
      return DatagramDrop::over_limit;
    default:
      return DatagramDrop::denied;
  }
}

/// The counts that are not 0, under the names of what they count.
template <class What, std::size_t kSize>
ListenerTotals::ByName by_name(const std::array<std::atomic<std::uint64_t>, kSize>& counts) {
  ListenerTotals::ByName named;
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::uint64_t count = counts[i].load(std::memory_order_relaxed);
    if (count > 0) named.emplace_back(to_string(static_cast<What>(i)), count);
  }
  return named;
}

}  // namespace

void ListenerContext::opened(const SessionHost& connection) {
  if (!log.every_connection() || !log.writes(LogLevel::info)) return;
  const auto write = [&] {
    log.write(LogLevel::info, {.listener = name, .transport = transport, .peer = connection.peer()});
  };
  run_guarded(write, [](const char* /*why*/) {});  // no memory for the line: the connection is served all the same
}

void ListenerContext::closed(const ConnectionEnd& end, const SessionHost& connection) {
  counters.count_close(end.reason);
  std::uint64_t left_out = 0;
  const LogLevel level = line_level(end.reason);
  if (log.every_connection() ? !log.writes(level) : !tells_now(end.reason, left_out)) return;
  log.write(level, {.listener = name,
                    .transport = transport,
                    .peer = connection.peer(),
                    .reason = end.reason,
                    .detail = std::string(end.detail),
                    .first_bytes = std::string(end.first_bytes),
                    .conversation = end.conversation,
                    .duration = end.duration,
                    .traffic = end.traffic,
                    .left_out = left_out});
}

void ListenerContext::closed(CloseReason reason, const Peer& peer, const std::string& detail,
                             std::string_view first_bytes) {
  refuse(reason, peer, {detail}, first_bytes);
}

void ListenerContext::note_malformed(const Peer& peer, std::string_view reason, const MalformedPlace& place) const {
  const std::size_t begin = place.at - std::min(place.at, kBytesBefore);
  const auto keep = [&] {
    state->last_malformed.set({.peer = to_string(peer),
                               .time = utc_text(std::chrono::system_clock::now()),
                               .reason = std::string(reason),
                               .offset = place.offset,
                               .before = hex_text(place.bytes.substr(begin, place.at - begin)),
                               .bytes = hex_text(place.bytes.substr(place.at, kMalformedBytes))});
  };
  run_guarded(keep, [](const char* /*why*/) {});  // no memory for it: it is counted and logged all the same
}

/// True if such an end is to be told, and now is the time. Before anything is put into words: peers can bring ends
/// about as often as they like.
bool ListenerContext::tells_now(CloseReason reason, std::uint64_t& left_out) {
  return level_of(reason) != LogLevel::debug && may_log(level_of(reason), left_out);
}

/// A line that is below the log's level is not counted as left out either.
bool ListenerContext::may_log(LogLevel level, std::uint64_t& left_out) {
  return log.writes(level) && state->log_throttle.admits(left_out);
}

void ListenerContext::event_now_and_then(LogLevel level, std::string_view event, std::string_view peer,
                                         std::string_view text, LogField about) {
  std::uint64_t left_out = 0;
  if (!may_log(level, left_out)) return;
  const LogContext context{.listener = name, .transport = transport, .peer = peer, .left_out = left_out};
  log.event(level, context, event, {about, {"text", text}});
}

/// What became of a peer that was not served as it wanted.
struct ListenerContext::Verdict {
  std::string_view event;
  std::string_view reason;
  const AdmissionRule& rule;
  std::string_view before{};  ///< In the sentence, the reason.
  std::string_view after{};
  std::string_view first_bytes{};  ///< Of what was malformed.
};

void ListenerContext::tell(LogLevel level, const Verdict& verdict, const Peer& peer, std::uint64_t left_out) {
  const AdmissionRule& rule = verdict.rule;
  std::string text(verdict.before);
  text += verdict.reason;
  if (!rule.text.empty()) text.append(": ").append(rule.text);
  text += verdict.after;
  if (!verdict.first_bytes.empty()) text.append(", first bytes \"").append(verdict.first_bytes).append("\"");
  const std::string from = to_string(peer);
  const LogContext context{.listener = name, .transport = transport, .peer = from, .left_out = left_out};
  if (!verdict.first_bytes.empty()) {
    const std::string bytes = printable(verdict.first_bytes);
    log.event(level, context, verdict.event,
              {{"reason", verdict.reason}, {"detail", rule.text}, {"first_bytes", bytes}, {"text", text}});
  } else if (rule.limit.empty()) {
    log.event(level, context, verdict.event, {{"reason", verdict.reason}, {"detail", rule.text}, {"text", text}});
  } else {
    log.event(level, context, verdict.event,
              {{"reason", verdict.reason}, {"limit", rule.limit}, {"limit_level", rule.level}, {"text", text}});
  }
}

/// Of a connection that is not let in, or of a datagram that was served without one.
void ListenerContext::refuse(CloseReason reason, const Peer& peer, const AdmissionRule& rule,
                             std::string_view first_bytes) {
  counters.count_close(reason);
  std::uint64_t left_out = 0;
  if (!tells_now(reason, left_out)) return;
  const char* event = transport == "udp" ? "datagram-failed" : "refused";
  const Verdict verdict{.event = event, .reason = to_string(reason), .rule = rule, .first_bytes = first_bytes};
  tell(line_level(reason), verdict, peer, left_out);
}

void ListenerContext::drop(DatagramDrop drop, const PeerAddress& peer, const AdmissionRule& rule) {
  counters.count_drops(drop, 1);
  std::uint64_t left_out = 0;
  if (!may_log(LogLevel::info, left_out)) return;
  const Verdict verdict{"datagram-dropped", to_string(drop), rule, "datagram dropped: "};
  run_guarded([&] { tell(LogLevel::info, verdict, peer.peer(), left_out); },
              [](const char* /*why*/) {});  // no memory for the line: the count has to do
}

void ListenerContext::dropped(DatagramDrop drop, const PeerAddress& peer, std::string_view detail) {
  this->drop(drop, peer, {detail});
}

void ListenerContext::on_limit_reached(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule,
                                       bool enforced) {
  counters.limits_reached.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t left_out = 0;
  if (enforced || !may_log(LogLevel::info, left_out)) return;
  tell(LogLevel::info, {"limit-dry-run", to_string(reason), rule, "would be ", " (dry run)"}, peer.peer(), left_out);
}

void ListenerContext::on_arrivals_wait(const AdmissionRule& rule) {
  counters.limits_reached.fetch_add(1, std::memory_order_relaxed);
  const auto write = [&] {
    event_now_and_then(LogLevel::warning, "arrivals-wait", {}, "new connections wait: " + std::string(rule.text),
                       {"limit", rule.limit});
  };
  run_guarded(write, [](const char* /*why*/) {});  // no memory for the line: the count has to do
}

void ListenerContext::on_connection_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) {
  refuse(reason, peer.peer(), rule);
}

void ListenerContext::on_datagram_refused(const PeerAddress& peer, CloseReason reason, const AdmissionRule& rule) {
  drop(drop_for(reason), peer, rule);
}

ListenerTotals ListenerContext::totals() const {
  const Traffic traffic = counters.traffic.sum();
  return {.listener = name,
          .transport = transport,
          .accepted = counters.accepted.load(std::memory_order_relaxed),
          .open = state->connections.load(std::memory_order_relaxed),
          .messages = traffic.received_messages,
          .answers = traffic.sent_messages,
          .received_bytes = traffic.received_bytes,
          .sent_bytes = traffic.sent_bytes,
          .limits_reached = counters.limits_reached.load(std::memory_order_relaxed),
          .refused_calls = counters.refused_calls.load(std::memory_order_relaxed),
          .closed = by_name<CloseReason>(counters.closed),
          .dropped = by_name<DatagramDrop>(counters.datagrams_dropped)};
}

}  // namespace netkit
