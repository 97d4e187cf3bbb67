#include "config/sections/server/log.h"

#include <string>
#include <vector>

#include "config/values/log_level.h"

namespace netkit {
namespace {

constexpr const char* kText = "text";
constexpr const char* kJson = "json";

OptionRow<LogConfig> format_row() {
  OptionSpec spec{.name = "format",
                  .type = OptionType::choice,
                  .help = "text lines, or one JSON object a line",
                  .choices = {kText, kJson}};
  return {std::move(spec), [](const LogConfig& log) { return std::string(log.json ? kJson : kText); },
          [](LogConfig& log, const Options::Value& value) { log.json = std::get<std::string>(value) == kJson; }};
}

}  // namespace

const OptionTable<LogConfig>& log_options() {
  static const OptionTable<LogConfig> table({
      format_row(),
      bind_option<LogConfig>(
          {.name = "file", .type = OptionType::path, .help = "where the log is appended to; without it, stderr"},
          &LogConfig::file),
      bind_choice<LogConfig>({.name = "level", .help = "the least that is logged"},
                             std::vector{LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error},
                             &LogConfig::level),
      bind_option<LogConfig>({.name = "connections",
                              .type = OptionType::flag,
                              .help = "log every connection, when it begins and when it ends"},
                             &LogConfig::connections),
  });
  return table;
}

void read_log(ObjectReader& server, LogConfig& log) {
  const PlacedOptions given = server.take_object("log", log_options().specs());
  log_options().apply(given, log, server.errors());
  if (given.options.has("file")) log.file_where = given.places.at("file");
}

}  // namespace netkit
