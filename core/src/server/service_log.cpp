#include "server/service_log.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

namespace netkit {
namespace {

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

/// `upper tcp 127.0.0.1:8080, greeting udp 127.0.0.1:8080`
std::string list_of(const ListenerDirectory::Entries& listeners) {
  std::string list;
  for (const ListenerDirectory::Entry& entry : listeners) {
    if (!list.empty()) list += ", ";
    list += entry.context->name + " " + entry.context->transport + " " + entry.address;
  }
  return list;
}

const char* name_of(ReloadPlan::Action action) {
  constexpr const char* kNames[] = {"unchanged", "changed", "added", "removed"};
  return kNames[static_cast<int>(action)];
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

void ServiceLog::started(const std::string& config_file, const ListenerDirectory::Entries& listeners) {
  const std::string list = list_of(listeners);
  const std::string text =
      "netkit " NETKIT_VERSION " serves " + config_file + " as process " + std::to_string(::getpid()) + ": " + list;
  log_.event(LogLevel::info, "start",
             {{"version", NETKIT_VERSION}, {"config", config_file}, {"listeners", list}, {"text", text}});
}

void ServiceLog::lame_duck(std::chrono::nanoseconds duration) {
  log_.event(LogLevel::info, "lame-duck", {{"seconds", seconds(duration)}, {"text", "ending: not ready any more"}});
}

void ServiceLog::stopping() {
  log_.event(LogLevel::info, "stopping", {{"text", "stopping: no new connections, running answers finish"}});
}

void ServiceLog::ended(std::chrono::system_clock::time_point started, bool whole) {
  const double uptime = seconds(std::chrono::system_clock::now() - started);
  const std::string text = whole ? "ended" : "ended without what did not end";
  log_.event(LogLevel::info, "end", {{"uptime", uptime}, {"whole", whole}, {"text", text}});
}

void ServiceLog::warning(const Warning& warning) {
  if (warning.listener.empty()) {
    log_.event(LogLevel::warning, "warning", {{"key", warning.key}, {"text", warning.text}});
  } else {
    log_.event(LogLevel::warning, "warning",
               {{"listener", warning.listener}, {"key", warning.key}, {"text", warning.text}});
  }
}

void ServiceLog::no_warnings(const char* why) {
  const std::string text = std::string("no warnings: ") + why;
  log_.event(LogLevel::error, "no-warnings", {{"error", why}, {"text", text}});
}

void ServiceLog::no_totals() { log_.event(LogLevel::error, "no-totals", {{"text", "no memory to tell the totals"}}); }

void ServiceLog::plugin_stays(unsigned count) {
  const std::string text = "a replaced plugin stays in memory, " + std::to_string(count) +
                           " by now: the dynamic linker does not unload it (see -fno-gnu-unique)";
  log_.event(LogLevel::warning, "plugin-stays", {{"count", std::int64_t{count}}, {"text", text}});
}

void ServiceLog::signal_ignored(int signal) {
  const std::string name = ::sigabbrev_np(signal);
  const std::string text = name + " is not acted on while a new server starts";
  log_.event(LogLevel::warning, "signal-ignored", {{"signal", name}, {"text", text}});
}

std::string ServiceLog::listener_steered(const std::string& listener, const std::string& action,
                                         const std::string& what) {
  std::string text = "listener " + listener + " " + what;
  log_.event(LogLevel::info, "listener-steered", {{"listener", listener}, {"action", action}, {"text", text}});
  return text;
}

void ServiceLog::log_level_set(const std::string& level, const std::string& text) {
  log_.event(LogLevel::info, "log-level", {{"set", level}, {"text", text}});
}

void ServiceLog::config_error(const Diagnostic& error) {
  const std::string text = to_string(error);
  log_.event(LogLevel::error, "config-error",
             {{"file", error.where.file},
              {"line", static_cast<std::int64_t>(error.where.line)},
              {"column", static_cast<std::int64_t>(error.where.column)},
              {"error", error.text},
              {"text", text}});
}

void ServiceLog::reload_failed(const std::string& text) {
  log_.event(LogLevel::error, "reload-failed", {{"text", text}});
}

void ServiceLog::reload_step(const ReloadPlan::Step& step) {
  const std::string text = "reload: " + to_string(step);
  const std::string keys = joined(step.keys);
  log_.event(LogLevel::info, "reload-step",
             {{"listener", step.listener}, {"action", name_of(step.action)}, {"keys", keys}, {"text", text}});
}

void ServiceLog::listening(const ListenerDirectory::Entry& listener) {
  const std::string& name = listener.context->name;
  const std::string& transport = listener.context->transport;
  const std::string text = "reload: listening " + name + " " + transport + " " + listener.address +
                           " framing=" + listener.framing + " handler=" + listener.handler;
  log_.event(LogLevel::info, "listening",
             {{"listener", name},
              {"transport", transport},
              {"address", listener.address},
              {"framing", listener.framing},
              {"handler", listener.handler},
              {"text", text}});
}

std::string ServiceLog::needs_restart(const std::string& key) {
  std::string line = "'" + key + "' stays as it was: it needs a restart";
  const std::string text = "reload: " + line;
  log_.event(LogLevel::warning, "needs-restart", {{"key", key}, {"text", text}});
  return line;
}

void ServiceLog::reload_done() { log_.event(LogLevel::info, "reload-done", {{"text", "reload done"}}); }

void ServiceLog::upgrade_began(const std::string& program, pid_t process) {
  const std::string text = "upgrade: started " + program + " as process " + std::to_string(process);
  log_.event(LogLevel::info, "upgrade-began",
             {{"program", program}, {"process", std::int64_t{process}}, {"text", text}});
}

void ServiceLog::upgrade_failed(const std::string& what, const std::string& why) {
  const std::string text = "upgrade failed, this server goes on: " + what + ": " + why;
  log_.event(LogLevel::error, "upgrade-failed", {{"error", why}, {"text", text}});
}

void ServiceLog::upgrade_done(pid_t process) {
  const std::string text = "upgrade: process " + std::to_string(process) + " serves, this one ends";
  log_.event(LogLevel::info, "upgrade-done", {{"process", std::int64_t{process}}, {"text", text}});
}

}  // namespace netkit
