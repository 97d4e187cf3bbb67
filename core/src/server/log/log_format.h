#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "host/listener/connection_record.h"
#include "host/listener/listener_totals.h"

namespace netkit {

/// What happened, with what it is about by name.
struct EventRecord {
  std::string_view event;
  std::initializer_list<LogField> fields;
};

/// How the lines of the log look. Whatever stands in a text, a line stays one line of printable ASCII.
class LogFormat {
 public:
  virtual ~LogFormat() = default;

  /// Of a whole line, for spdlog: time and level around what encode() gives.
  virtual std::string pattern() const = 0;
  virtual std::string encode(std::string_view text) const = 0;
  virtual std::string encode(const EventRecord& record) const = 0;
  virtual std::string encode(const ConnectionRecord& record) const = 0;
  virtual std::string encode(const ListenerTotals& totals) const = 0;
};

/// `2026-01-31T12:00:00.123Z info web: 127.0.0.1:4000 closed ...`
std::unique_ptr<LogFormat> make_text_format();

/// One JSON object a line; a connection's line has a member for each value.
std::unique_ptr<LogFormat> make_json_format();

/// `text` with every byte that is not printable ASCII written as \xHH, and a backslash as two.
std::string escape_for_log(std::string_view text);

}  // namespace netkit
