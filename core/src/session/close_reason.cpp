#include "session/close_reason.h"

namespace netkit {

const char* to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::none:
      return "none";
    case CloseReason::peer_closed:
      return "peer-closed";
    case CloseReason::peer_cut:
      return "peer-cut";
    case CloseReason::peer_reset:
      return "peer-reset";
    case CloseReason::malformed:
      return "malformed";
    case CloseReason::handler_closed:
      return "handler-closed";
    case CloseReason::handler_failed:
      return "handler-failed";
    case CloseReason::body_failed:
      return "body-failed";
    case CloseReason::idle:
      return "idle";
    case CloseReason::over_limit:
      return "over-limit";
    case CloseReason::out_of_resources:
      return "out-of-resources";
    case CloseReason::shutdown:
      return "shutdown";
    case CloseReason::first_byte_timeout:
      return "first-byte-timeout";
    case CloseReason::message_timeout:
      return "message-timeout";
    case CloseReason::write_stall:
      return "write-stall";
    case CloseReason::handler_timeout:
      return "handler-timeout";
    case CloseReason::lifetime:
      return "lifetime";
    case CloseReason::rate_limit:
      return "rate-limit";
    case CloseReason::denied:
      return "denied";
    case CloseReason::proxy_malformed:
      return "proxy-malformed";
    case CloseReason::tls_failed:
      return "tls-failed";
    case CloseReason::handler_dropped:
      return "handler-dropped";
    case CloseReason::killed:
      return "killed";
    case CloseReason::too_slow:
      return "too-slow";
    case CloseReason::program_failed:
      return "program-failed";
    case CloseReason::http_request:
      return "http-request";
    case CloseReason::no_longer_admitted:
      return "no-longer-admitted";
  }
  return "unknown";
}

CloseReason close_reason_named(std::string_view name) {
  for (int i = 1; i < kCloseReasons; ++i) {
    const auto reason = static_cast<CloseReason>(i);
    if (name == to_string(reason)) return reason;
  }
  return CloseReason::handler_failed;
}

}  // namespace netkit
