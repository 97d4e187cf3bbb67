#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <memory>
#include <optional>

#include "config/model/config.h"
#include "host/listener/connection_record.h"
#include "server/log/log_format.h"

namespace netkit {

class LogSink;

/// The log of the program: one line per message, UTC time and level first. Thread-safe. Writing never throws and never
/// blocks, see LogSink.
class ServerLog final : public HostLog {
 public:
  /// `verbose` logs everything, whatever the config says. `owner`: root opens the file as this user, as the server
  /// does when it is no longer root. Throws std::system_error if the file cannot be opened.
  explicit ServerLog(const LogConfig& config, bool verbose = false, std::optional<Identity> owner = {});

  using HostLog::event;
  using HostLog::write;
  bool writes(LogLevel level) const override;
  bool every_connection() const override { return connections_.load(std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view text) override;
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;
  void event(LogLevel level, const LogContext& context, std::string_view event,
             std::initializer_list<LogField> fields) override;
  void write(LogLevel level, const ConnectionRecord& record) override;
  void write(LogLevel level, const ListenerTotals& totals);

  /// Opens a new file of the same name after the old one was moved away. If that fails, logs the failure and keeps the
  /// old one.
  void reopen();

  /// Takes the level, and whether connections are logged, from a reloaded config.
  void follow(const LogConfig& config);

 private:
  template <class What>
  void put(LogLevel level, const What& what);
  std::string lost_line(std::uint64_t lines) const;

  const bool verbose_;
  std::atomic<bool> connections_{false};
  const std::unique_ptr<LogFormat> format_;
  const std::shared_ptr<LogSink> sink_;
  spdlog::logger logger_;
};

}  // namespace netkit
