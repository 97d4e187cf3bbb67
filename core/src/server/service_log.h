#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "config/syntax/diagnostic.h"
#include "netkit/log.h"
#include "server/admin/listener_directory.h"
#include "server/advice/warnings.h"
#include "server/reload/reload_plan.h"

namespace netkit {

/// What a server as a whole says in the log: its start and end, reloads, upgrades. Main thread.
class ServiceLog {
 public:
  /// `log` outlives it.
  explicit ServiceLog(Log& log) : log_(log) {}

  void started(const std::string& config_file, const ListenerDirectory::Entries& listeners);
  void lame_duck(std::chrono::nanoseconds duration);
  void stopping();
  /// `whole`: all that ran has ended.
  void ended(std::chrono::system_clock::time_point started, bool whole);

  void warning(const Warning& warning);
  void no_warnings(const char* why);
  void no_totals();
  void plugin_stays(unsigned count);
  void signal_ignored(int signal);
  /// `what` completes the sentence "listener NAME ...", which is returned.
  std::string listener_steered(const std::string& listener, const std::string& action, const std::string& what);

  void log_level_set(const std::string& level, const std::string& text);

  void config_error(const Diagnostic& error);
  void reload_failed(const std::string& text);
  void reload_step(const ReloadPlan::Step& step);
  void listening(const ListenerDirectory::Entry& listener);
  /// Returns the sentence.
  std::string needs_restart(const std::string& key);
  void reload_done();

  void upgrade_began(const std::string& program, pid_t process);
  void upgrade_failed(const std::string& what, const std::string& why);
  void upgrade_done(pid_t process);

 private:
  Log& log_;
};

}  // namespace netkit
