#include "host/listener/listener_log.h"

#include "admission/peer_address.h"

namespace netkit {

void ListenerLog::write(LogLevel level, std::string_view text) {
  if (log_.writes(level)) log_.write(level, listener_ + ": " + std::string(text));
}

void ListenerLog::event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  log_.event(level, LogContext{.listener = listener_}, event, fields);
}

void ListenerLog::write(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view text) {
  if (!log_.writes(level)) return;
  log_.write(level, listener_ + ": " + to_string(peer) + " #" + std::to_string(conversation) + " " + std::string(text));
}

void ListenerLog::event(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view event,
                        std::initializer_list<LogField> fields) {
  if (!log_.writes(level)) return;
  const std::string name = to_string(peer);
  log_.event(level, LogContext{.listener = listener_, .peer = name, .conversation = conversation}, event, fields);
}

}  // namespace netkit
