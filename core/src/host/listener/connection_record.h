#pragma once

#include <chrono>
#include <cstdint>
#include <string>

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

/// What the log says of a connection when it begins and when it ends.
struct ConnectionRecord {
  std::string listener;
  std::string transport;
  Peer peer{};
  CloseReason reason = CloseReason::none;  ///< none: it begins, and what follows means nothing.
  std::string detail{};
  std::chrono::nanoseconds duration{0};
  Traffic traffic{};
  std::uint64_t left_out = 0;  ///< Lines of this listener that were not written before this one.

  bool ends() const { return reason != CloseReason::none; }
};

/// The log as the hosts use it. Thread-safe; never throws.
class HostLog : public Log {
 public:
  using Log::write;
  /// False if a line of this level would not be written: then it need not be put into words.
  virtual bool writes(LogLevel level) const = 0;
  /// True if a connection's beginning and end are to be written however it ends.
  virtual bool every_connection() const = 0;
  virtual void write(LogLevel level, const ConnectionRecord& record) = 0;
};

}  // namespace netkit
