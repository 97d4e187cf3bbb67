#include "server/operator_commands.h"

#include <optional>
#include <utility>

#include "base/run_guarded.h"
#include "config/values/log_level.h"
#include "server/log/attempt.h"

namespace netkit {
namespace {

using Result = AdminOutcome::Result;

std::optional<LogLevel> find_log_level(const std::string& name) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (name == to_string(level)) return level;
  }
  return std::nullopt;
}

}  // namespace

/// Who asked hears the outcome, or sees the request end without one.
void OperatorCommands::act() {
  for (CommandQueue::Item& item : administration_.commands.take()) {
    attempt(log_, "a command was not answered", [&] {
      AdminOutcome outcome{Result::failed, "there was no memory for it"};
      run_guarded([&] { outcome = outcome_of(item.command); }, [&](const char* why) { outcome.text = why; });
      item.done(std::move(outcome));
    });
  }
}

AdminOutcome OperatorCommands::outcome_of(const AdminCommand& command) {
  switch (command.action) {
    case AdminCommand::Action::reload:
      return reload();
    case AdminCommand::Action::log_level:
      return set_log_level(command.target);
    default:
      return steer(command);
  }
}

AdminOutcome OperatorCommands::reload() {
  if (upgrade_.running()) return {Result::failed, "a new server starts"};
  if (!administration_.facts.ready) return {Result::failed, "the server ends"};
  return reloader_.reload();
}

/// Until the next reload, which takes the level from the config.
AdminOutcome OperatorCommands::set_log_level(const std::string& name) {
  LogConfig config = reloader_.config().log;
  const std::optional<LogLevel> level = find_log_level(name);
  if (!level) return {Result::failed, "found level '" + name + "', expected debug, info, warning or error"};
  config.level = *level;
  AdminOutcome outcome{Result::done, "the log's level is " + name};
  const bool told = log_.writes(LogLevel::info);  // who sets a level above it wants to find that, too
  if (told) service_log_.log_level_set(name, outcome.text);
  log_.follow(config);
  if (!told) service_log_.log_level_set(name, outcome.text);
  return outcome;
}

AdminOutcome OperatorCommands::steer(const AdminCommand& command) {
  using Action = AdminCommand::Action;
  const std::string& name = command.target;
  const bool found =
      command.action == Action::drain ? server_.drain(name) : server_.pause(name, command.action == Action::pause);
  if (!found) return {Result::not_found, "there is no listener '" + name + "'"};
  const char* what = command.action == Action::drain   ? "drains and is paused"
                     : command.action == Action::pause ? "is paused"
                                                       : "accepts again";
  const char* action = command.action == Action::drain ? "drain" : command.action == Action::pause ? "pause" : "resume";
  return {Result::done, service_log_.listener_steered(name, action, what)};
}

}  // namespace netkit
