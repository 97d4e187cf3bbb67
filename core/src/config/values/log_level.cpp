#include "config/values/log_level.h"

#include <algorithm>

namespace netkit {

const std::vector<std::string>& log_level_names() {
  static const std::vector<std::string> names = {"debug", "info", "warning", "error"};  // in the order of LogLevel
  return names;
}

const std::string& to_string(LogLevel level) { return log_level_names().at(static_cast<std::size_t>(level)); }

LogLevel log_level_named(const std::string& name) {
  const auto found = std::find(log_level_names().begin(), log_level_names().end(), name);
  return static_cast<LogLevel>(found - log_level_names().begin());
}

}  // namespace netkit
