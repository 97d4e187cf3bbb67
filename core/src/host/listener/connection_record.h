#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "netkit/plugin.h"
#include "session/close_reason.h"

namespace netkit {

/// What passed over a connection, as seen from the server. Messages sent are answers that were framed; of the last ones
/// the peer may have got nothing.
struct Traffic {
  std::uint64_t received_bytes = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_messages = 0;
};

/// How a connection has ended. What it refers to outlives the call that is given it.
struct ConnectionEnd {
  CloseReason reason = CloseReason::none;
  std::string_view detail{};
  std::string_view first_bytes{};  ///< Of what was malformed.
  std::uint64_t conversation = 0;  ///< See Conversation::id(); 0: it was never asked for.
  std::chrono::nanoseconds duration{0};
  Traffic traffic{};
};

/// What the log says of a connection when it begins and when it ends.
struct ConnectionRecord {
  std::string listener;
  std::string transport;
  Peer peer{};
  CloseReason reason = CloseReason::none;  ///< none: it begins, and what follows means nothing.
  std::string detail{};
  std::string first_bytes{};       ///< Of what was malformed.
  std::uint64_t conversation = 0;  ///< Its id; 0: it was never asked for.
  std::chrono::nanoseconds duration{0};
  Traffic traffic{};
  std::uint64_t left_out = 0;  ///< Lines of this listener that were not written before this one.

  bool ends() const { return reason != CloseReason::none; }
};

/// What a line is about. A log's reader finds the rest by it.
struct LogContext {
  std::string_view listener;
  std::string_view transport{};    ///< Empty: it is about all of the listener's.
  std::string_view peer{};         ///< Empty: it is about no peer.
  std::uint64_t conversation = 0;  ///< Its id; 0: it is about no conversation.
  std::uint64_t left_out = 0;      ///< Lines of this listener that were not written before this one.
};

/// The log as the hosts use it. Thread-safe; never throws.
class HostLog : public Log {
 public:
  using Log::event;
  using Log::write;
  bool writes(LogLevel level) const override = 0;
  /// True if a connection's beginning and end are to be written however it ends.
  virtual bool every_connection() const = 0;
  virtual void write(LogLevel level, const ConnectionRecord& record) = 0;
  /// An event with what it is about. A log that has no place for that leaves it out.
  virtual void event(LogLevel level, const LogContext& /*context*/, std::string_view event,
                     std::initializer_list<LogField> fields) {
    this->event(level, event, fields);
  }
};

}  // namespace netkit
