#include "host/listener_context.h"

#include "host/deadline_wheel.h"
#include "host/peer_address.h"
#include "session/run_guarded.h"

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
    case CloseReason::body_failed:
    case CloseReason::out_of_resources:
      return LogLevel::warning;
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
      return LogLevel::info;
  }
  return LogLevel::info;
}

bool take(std::atomic<std::uint64_t>& count, std::uint64_t most) {
  if (count.fetch_add(1, std::memory_order_relaxed) < most) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

Place::~Place() {
  if (!context_) return;
  context_->state->connections.fetch_sub(1, std::memory_order_relaxed);
  context_->load.connections.fetch_sub(1, std::memory_order_relaxed);
}

Place ListenerContext::enter() {
  if (!take(state->connections, most_connections)) return {};
  if (take(load.connections, load.most_connections)) return Place(shared_from_this());
  state->connections.fetch_sub(1, std::memory_order_relaxed);
  return {};
}

void ListenerContext::closed(CloseReason reason, const Peer& peer, const std::string& detail) {
  counters.count_close(reason);
  const LogLevel level = level_of(reason);
  std::string text = to_string(peer) + " " + to_string(reason);
  if (!detail.empty()) text += ": " + detail;
  if (level == LogLevel::debug) {
    log.write(level, name + ": " + text);
  } else {
    log_now_and_then(level, text);
  }
}

void ListenerContext::log_now_and_then(LogLevel level, const std::string& text) {
  std::uint64_t suppressed = 0;
  if (state->gate.open(suppressed)) write_gated(level, text, suppressed);
}

void ListenerContext::dropped(DatagramDrop drop, const PeerAddress& peer, std::string_view detail) {
  counters.count_drops(drop, 1);
  std::uint64_t suppressed = 0;
  if (!state->gate.open(suppressed)) return;
  const auto write = [&] {
    std::string text = to_string(peer.peer()) + " datagram dropped: " + to_string(drop);
    if (!detail.empty()) text.append(": ").append(detail);
    write_gated(LogLevel::info, text, suppressed);
  };
  run_guarded(write, [](const char* /*why*/) {});  // no memory for the line: the count has to do
}

void ListenerContext::write_gated(LogLevel level, const std::string& text, std::uint64_t suppressed) {
  log.write(level, name + ": " + text + left_out_text(suppressed));
}

}  // namespace netkit
