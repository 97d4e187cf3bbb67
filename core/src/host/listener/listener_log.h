#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "host/listener/connection_record.h"
#include "netkit/log.h"

namespace netkit {

/// The log of one listener's handler: says in each line whose it is. Thread-safe; `log` outlives it.
class ListenerLog final : public Log {
 public:
  /// An empty `transport` stands for all of the listener's.
  ListenerLog(HostLog& log, std::string listener, std::string transport = {})
      : log_(log), listener_(std::move(listener)), transport_(std::move(transport)) {}

  void write(LogLevel level, std::string_view text) override;
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;
  bool writes(LogLevel level) const override { return log_.writes(level); }

  // The same of one conversation.
  void write(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view text);
  void event(LogLevel level, const Peer& peer, std::uint64_t conversation, std::string_view event,
             std::initializer_list<LogField> fields);

 private:
  HostLog& log_;
  const std::string listener_;
  const std::string transport_;
};

}  // namespace netkit
