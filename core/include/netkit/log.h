#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <variant>

namespace netkit {

/// How much a line of the log matters.
enum class LogLevel : std::uint8_t {
  debug,    ///< Only if the config or --verbose asks for it.
  info,     ///< What happens as it should.
  warning,  ///< What somebody should look at some day.
  error,    ///< What somebody should look at now.
};

/// One named value of a log line.
struct LogField {
  std::string_view name;                                             ///< Lower-case letters and underscores.
  std::variant<std::string_view, std::int64_t, double, bool> value;  ///< As JSON has it.
};

/// A handler's view of the server's log. Thread-safe; lives as long as the handler and its filters. Bytes of a peer are
/// escaped by the log itself.
class Log {
 public:
  virtual ~Log() = default;
  /// One line of free text. JSON logs have it as the event `message`.
  virtual void write(LogLevel level, std::string_view text) = 0;
  /// A line about one thing that happened: `event` is its name, words joined by hyphens. JSON logs have each field as a
  /// member, text logs as name=value. A field `text` says all of it in a sentence: text logs have that instead.
  virtual void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
  /// False if a line of this level would not be written: then it need not be put into words.
  virtual bool writes(LogLevel /*level*/) const { return true; }
};

}  // namespace netkit
