#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "host/listener/connection_record.h"
#include "host/listener/listener_totals.h"

namespace netkit {

/// What happened, with what it is about by name. docs/logs.md lists the names of events.
struct EventRecord {
  std::string_view event;
  std::initializer_list<LogField> fields;
  LogContext context{};
};

/// Formats the lines of the log. Every line is one line of printable ASCII, whatever the text contains.
class LogFormat {
 public:
  virtual ~LogFormat() = default;

  /// The spdlog pattern of a whole line: time and level around the result of encode().
  virtual std::string pattern() const = 0;
  virtual std::string encode(const EventRecord& record) const = 0;
  virtual std::string encode(const ConnectionRecord& record) const = 0;
  virtual std::string encode(const ListenerTotals& totals) const = 0;
};

/// `2026-01-31T12:00:00.123Z info web: 127.0.0.1:4000 closed ...`
std::unique_ptr<LogFormat> make_text_format();

/// One JSON object per line: `time`, `level`, `pid`, `event`, then one member per value.
std::unique_ptr<LogFormat> make_json_format();

}  // namespace netkit
