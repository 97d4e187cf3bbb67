#pragma once

#include <cstdint>
#include <string_view>

namespace netkit {

/// Why a conversation ended. Every close has one; it stands in the log and is counted.
enum class CloseReason : std::uint8_t {
  none,                ///< It has not ended.
  peer_closed,         ///< The peer closed after whole messages.
  peer_cut,            ///< The peer closed in the middle of a message.
  peer_reset,          ///< The connection was reset.
  malformed,           ///< The peer's bytes do not fit the framing.
  handler_closed,      ///< The handler ended it.
  handler_failed,      ///< The handler threw, or its answer does not fit the framing.
  body_failed,         ///< A streamed body came short or changed while it was sent.
  idle,                ///< Nothing moved for timeouts.idle.
  over_limit,          ///< Over limits.connections.
  out_of_resources,    ///< The server had no memory or descriptor left for it.
  shutdown,            ///< The server ends.
  first_byte_timeout,  ///< Nothing came within timeouts.first_byte.
  message_timeout,     ///< A message was not whole within timeouts.message.
  write_stall,         ///< The peer took none of its answers for timeouts.write_stall.
  handler_timeout,     ///< A call of the handler took longer than timeouts.handler.
  lifetime,            ///< The connection had its timeouts.lifetime.
  rate_limit,          ///< Over limits.messages or limits.bytes, and on_limit is close.
  denied,              ///< Not let in by access, or not by proxy_from.
  proxy_malformed,     ///< The PROXY header is missing or wrong.
  tls_failed,          ///< No TLS handshake, or one with a certificate that is not let in; or broken later.
  handler_dropped,     ///< The handler let a reply go that it had kept and not finished.
  too_slow,            ///< The peer did not take what its group was sent.
  program_failed,      ///< The program that serves it has ended, hung or broken the rules.
  http_request,        ///< It began with an HTTP request, and the framing is not HTTP.
  no_longer_admitted,  ///< A reload has changed who is let in, and this peer would not be.
  killed,              ///< An operator has ended it.
};
inline constexpr int kCloseReasons = 27;

/// The name used in logs and counters, e.g. "peer-closed".
const char* to_string(CloseReason reason);

/// The reason of that name; handler_failed if there is none.
CloseReason close_reason_named(std::string_view name);

}  // namespace netkit
