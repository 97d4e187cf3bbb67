#include "server/log/log.h"

#include <spdlog/pattern_formatter.h>

#include <new>
#include <system_error>

#include "server/log/log_sink.h"

namespace netkit {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

ServerLog::ServerLog(const LogConfig& config, bool verbose, std::optional<Identity> owner)
    : verbose_(verbose),
      format_(config.json ? make_json_format() : make_text_format()),
      sink_(std::make_shared<LogSink>(
          config.file, [this](std::uint64_t lines) { return lost_line(lines); }, owner)),
      logger_("netkit", sink_) {
  follow(config);
  logger_.set_formatter(
      std::make_unique<spdlog::pattern_formatter>(format_->pattern(), spdlog::pattern_time_type::utc));
  // Only a lack of memory can fail here, and that must not stop the service.
  logger_.set_error_handler([](const std::string&) {});
}

void ServerLog::follow(const LogConfig& config) {
  const LogLevel level = verbose_ ? LogLevel::debug : config.level;
  logger_.set_level(to_spdlog(level));
  connections_ = config.connections || level == LogLevel::debug;
}

bool ServerLog::writes(LogLevel level) const { return logger_.should_log(to_spdlog(level)); }

void ServerLog::write(LogLevel level, std::string_view text) { put(level, EventRecord{"message", {{"text", text}}}); }

void ServerLog::event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  put(level, EventRecord{event, fields});
}

void ServerLog::event(LogLevel level, const LogContext& context, std::string_view event,
                      std::initializer_list<LogField> fields) {
  put(level, EventRecord{event, fields, context});
}

void ServerLog::write(LogLevel level, const ConnectionRecord& record) { put(level, record); }

void ServerLog::write(LogLevel level, const ListenerTotals& totals) { put(level, totals); }

template <class What>
void ServerLog::put(LogLevel level, const What& what) {
  if (!writes(level)) return;
  try {
    const std::string encoded = format_->encode(what);
    logger_.log(to_spdlog(level), spdlog::string_view_t(encoded));
  } catch (const std::bad_alloc&) {
    sink_->count_lost();
  }
}

void ServerLog::reopen() {
  try {
    if (sink_->reopen()) event(LogLevel::info, "log-reopened", {{"text", "log opened anew"}});
  } catch (const std::system_error& error) {
    const std::string text = std::string("cannot open the log anew, going on with the old one: ") + error.what();
    event(LogLevel::error, "log-reopen-failed", {{"error", std::string_view(error.what())}, {"text", text}});
  }
}

std::string ServerLog::lost_line(std::uint64_t lines) const {
  const std::string text = std::to_string(lines) + " log lines were lost";
  return format_->encode(EventRecord{"log-lines-lost", {{"count", static_cast<std::int64_t>(lines)}, {"text", text}}});
}

}  // namespace netkit
