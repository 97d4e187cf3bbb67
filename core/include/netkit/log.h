#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <variant>

namespace netkit {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One named value of a log line.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// A handler's view of the server's log. Thread-safe; lives as long as the handler and its filters. Bytes of a peer are
/// escaped by the log itself.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view text) = 0;
  /// A line about one thing that happened: `event` is its name, words joined by hyphens. JSON logs have each field as a
  /// member, text logs as name=value.
  virtual void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

}  // namespace netkit
