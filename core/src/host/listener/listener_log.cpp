#include "host/listener/listener_log.h"

#include "admission/peer_address.h"

namespace netkit {
namespace {

constexpr const char* kFreeText = "message";

}  // namespace

void ListenerLog::write(LogLevel level, std::string_view text) { event(level, kFreeText, {{"text", text}}); }

void ListenerLog::event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_.writes(level)) return;
  log_.event(level, LogContext{.listener = listener_, .transport = transport_}, event, fields);
}

void ListenerLog::write(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view text) {
  event(level, peer, conversation, kFreeText, {{"text", text}});
}

void ListenerLog::event(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view event,
                        std::initializer_list<LogField> fields) {
  if (!log_.writes(level)) return;
  const std::string name = to_string(peer);
  const LogContext context{.listener = listener_, .transport = transport_, .peer = name, .conversation = conversation};
  log_.event(level, context, event, fields);
}

}  // namespace netkit
