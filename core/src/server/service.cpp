#include "server/service.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/run_guarded.h"
#include "config/values/log_level.h"
#include "server/advice/warnings.h"
#include "server/handover/notify.h"
#include "server/process/descriptor_room.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

// After a handover, a connection that was accepted just before it gets this long to send its message and be answered.
constexpr std::chrono::seconds kLinger{1};
std::optional<LogLevel> find_log_level(const std::string& name) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (name == to_string(level)) return level;
  }
  return std::nullopt;
}

constexpr const char* kReloadFailed = "reload failed, the running config stays";

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Service::Service(std::string config_file, std::unique_ptr<Generation> generation,
                 std::shared_ptr<PluginLibraries> libraries, ServerLog& log, SignalReceiver& signals, Start start)
    : config_file_(std::move(config_file)),
      libraries_(std::move(libraries)),
      log_(log),
      signals_(signals),
      generation_(std::move(generation)),
      invocation_(std::move(start.invocation)),
      parent_(std::move(start.parent)),
      server_(generation_->config().event_loops, log, std::move(start.sockets), generation_->config().worker_threads),
      administration_(server_.directory(), server_.loops(), server_.workers()) {}

Diagnostics Service::bind() {
  const std::string room = make_room_for_descriptors(generation_->config().limits.connections);  // no threads yet
  Diagnostics errors = server_.apply(generation_->config(), ReloadPlan({}, generation_->flat()), generation_->loader());
  if (errors.empty()) warn(room);
  if (errors.empty() && generation_->config().admin)
    errors = server_.open_admin(*generation_->config().admin, administration_);
  // After a handover, sockets may be left over: the config may have lost a listener since, whose connections the old
  // server drains.
  if (parent_) return errors;
  for (const PassedSockets::Socket& socket : server_.ports().passed().left()) {
    errors.push_back({{config_file_, 0, 0},
                      "a socket was passed in as '" + socket.name + "' for " + to_string(socket.transport) + " " +
                          to_string(socket.address) + ", but no listener has that address"});
  }
  return errors;
}

bool Service::run(std::ostream& out) {
  run_guarded([this] { service_log_.started(config_file_, *server_.directory().get()); }, [](const char* /*why*/) {});
  server_.start();
  set_debuggable(generation_->config().debuggable);
  administration_.facts.last_reload = seconds_since_1970();
  administration_.facts.ready = true;
  announce(out);
  while (wait_and_act()) {
  }
  administration_.facts.ready = false;
  const bool handed_over = child_ && child_->look() == HandoverChild::State::ready;
  child_.reset();
  // For the service manager, the new server is the service now.
  if (!handed_over) {
    notify_manager("STOPPING=1");
    be_lame_duck();
  }
  if (handed_over) server_.ports().hand_over_files();
  service_log_.stopping();
  const auto hurry = [this] {
    act_on_commands();
    return signals_.asked_to_end();
  };
  const bool all_ended = server_.stop(hurry, handed_over ? kLinger : std::chrono::seconds(0));
  log_totals();
  service_log_.ended(administration_.facts.started, all_ended);
  return all_ended;
}

/// `more`: another warning, or empty.
void Service::warn(const std::string& more) {
  const auto write = [&] {
    if (!more.empty()) service_log_.warning({"", "limits.connections", more});
    const ServerConfig& config = generation_->config();
    const Identity identity = config.identity.value_or(current_identity());
    for (const Warning& warning : warnings_for(config_file_, config, generation_->loader(), identity)) {
      service_log_.warning(warning);
    }
  };
  run_guarded(write, [this](const char* why) { service_log_.no_warnings(why); });
}

/// Goes on serving while those who watch /readyz find other servers. A second signal ends it.
void Service::be_lame_duck() {
  const TimePoint end = Clock::now() + generation_->config().lame_duck;
  if (generation_->config().lame_duck.count() > 0) service_log_.lame_duck(generation_->config().lame_duck);
  while (Clock::now() < end) {
    const std::optional<int> signal = signals_.wait(
        std::min(end, server_.due()), {server_.wake_descriptor(), -1, administration_.commands.descriptor()});
    server_.tend();
    act_on_commands();
    if (signal && SignalReceiver::ends_server(*signal)) return;
  }
}

void Service::log_totals() {
  run_guarded([this] { log_totals(server_.totals()); }, [this](const char* /*why*/) { service_log_.no_totals(); });
}

void Service::log_totals(const std::vector<ListenerTotals>& all, std::string_view listener) {
  for (const ListenerTotals& totals : all) {
    if (listener.empty() || totals.listener == listener) log_.write(LogLevel::info, totals);
  }
}

void Service::announce(std::ostream& out) {
  for (const std::string& line : server_.listening()) out << line << '\n';
  out << "ready" << std::endl;
  notify_manager("READY=1\nMAINPID=" + std::to_string(::getpid()));
  if (!parent_) return;
  server_.ports().take_over_files();
  parent_->ready();
  parent_.reset();
}

/// Returns false when the server is to stop.
bool Service::wait_and_act() {
  const TimePoint deadline = child_ ? std::min(child_->deadline(), server_.due()) : server_.due();
  const int news = child_ ? child_->descriptor() : -1;
  const std::optional<int> signal =
      signals_.wait(deadline, {server_.wake_descriptor(), news, administration_.commands.descriptor()});
  server_.tend();
  act_on_commands();
  warn_of_stuck_plugins();
  if (child_ && handed_over()) return false;
  if (signal && SignalReceiver::ends_server(*signal)) return false;
  if (signal) act_on(*signal);
  return true;
}

void Service::warn_of_stuck_plugins() {
  const unsigned stuck = PluginLibrary::never_unloaded();
  if (stuck == stuck_plugins_) return;
  stuck_plugins_ = stuck;
  service_log_.plugin_stays(stuck);
}

void Service::act_on(int signal) {
  if (signal == SIGUSR1) {
    log_.reopen();
    log_totals();
  } else if (child_) {
    service_log_.signal_ignored(signal);
  } else if (signal == SIGHUP) {
    log_.reopen();
    reload();
  } else {
    begin_upgrade();
  }
}

void Service::act_on_commands() {
  for (CommandQueue::Item& item : administration_.commands.take()) {
    AdminOutcome outcome{AdminOutcome::Result::failed, "there was no memory for it"};
    run_guarded([&] { outcome = outcome_of(item.command); }, [&](const char* why) { outcome.text = why; });
    item.done(std::move(outcome));
  }
}

AdminOutcome Service::outcome_of(const AdminCommand& command) {
  using Result = AdminOutcome::Result;
  switch (command.action) {
    case AdminCommand::Action::reload:
      if (child_) return {Result::failed, "a new server starts"};
      if (!administration_.facts.ready) return {Result::failed, "the server ends"};
      return reload();
    case AdminCommand::Action::log_level:
      return set_log_level(command.target);
    default:
      return steer(command);
  }
}

/// Until the next reload, which takes the level from the config.
AdminOutcome Service::set_log_level(const std::string& name) {
  using Result = AdminOutcome::Result;
  LogConfig config = generation_->config().log;
  const std::optional<LogLevel> level = find_log_level(name);
  if (!level) return {Result::failed, "found level '" + name + "', expected debug, info, warning or error"};
  config.level = *level;
  log_.follow(config);
  return {Result::done, "the log's level is " + name};
}

AdminOutcome Service::steer(const AdminCommand& command) {
  using Action = AdminCommand::Action;
  const std::string& name = command.target;
  const bool found =
      command.action == Action::drain ? server_.drain(name) : server_.pause(name, command.action == Action::pause);
  if (!found) return {AdminOutcome::Result::not_found, "there is no listener '" + name + "'"};
  const char* what = command.action == Action::drain   ? "drains and is paused"
                     : command.action == Action::pause ? "is paused"
                                                       : "accepts again";
  const char* action = command.action == Action::drain ? "drain" : command.action == Action::pause ? "pause" : "resume";
  return {AdminOutcome::Result::done, service_log_.listener_steered(name, action, what)};
}

/// The outcome has a line for each change, or each error.
AdminOutcome Service::reload() {
  ServiceFacts& facts = administration_.facts;
  ++facts.reloads;
  AdminOutcome outcome;
  notify_manager(reloading_state());
  Diagnostics errors;
  std::vector<ListenerTotals> before;
  if (std::unique_ptr<Generation> next = try_reload(errors, before)) {
    const ReloadPlan plan(generation_->flat(), next->flat());
    generation_ = std::move(next);
    set_debuggable(generation_->config().debuggable);
    warn(make_room_for_descriptors(generation_->config().limits.connections));
    log_.follow(generation_->config().log);
    facts.last_reload = seconds_since_1970();
    outcome.text = report(plan, before);
  } else {
    ++facts.failed_reloads;
    outcome.result = AdminOutcome::Result::failed;
    for (const Diagnostic& error : errors) {
      service_log_.config_error(error);
      outcome.text += to_string(error) + "\n";
    }
    service_log_.reload_failed(kReloadFailed);
    outcome.text += kReloadFailed;
  }
  notify_manager("READY=1");
  return outcome;
}

/// Returns the generation served now, and in `before` the totals at the moment of the change; null, and the errors, if
/// the old generation stays.
std::unique_ptr<Generation> Service::try_reload(Diagnostics& errors, std::vector<ListenerTotals>& before) {
  try {
    std::unique_ptr<Generation> next = Generation::load(config_file_, libraries_, errors);
    if (!next) return nullptr;
    const ReloadPlan plan(generation_->flat(), next->flat());
    before = server_.totals();
    errors = server_.apply(next->config(), plan, next->loader());
    if (errors.empty()) return next;
  } catch (const std::exception& error) {
    errors.push_back({{config_file_, 0, 0}, error.what()});
  }
  return nullptr;
}

void Service::begin_upgrade() {
  try {
    child_ = std::make_unique<HandoverChild>(invocation_, server_.ports().all());
    service_log_.upgrade_began(invocation_.path, child_->pid());
  } catch (const std::exception& error) {
    service_log_.upgrade_failed("cannot start " + invocation_.path, error.what());
  }
}

/// True once the new server serves. Forgets one that failed.
bool Service::handed_over() {
  switch (child_->look()) {
    case HandoverChild::State::ready:
      service_log_.upgrade_done(child_->pid());
      return true;
    case HandoverChild::State::failed:
      service_log_.upgrade_failed("the new one did not come to serve", child_->failure());
      child_.reset();
      return false;
    case HandoverChild::State::starting:
      break;
  }
  return false;
}

/// Logs the steps of a reload and returns them as lines. `before` holds the totals at the moment of the reload: the
/// last ones of removed listeners.
std::string Service::report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before) {
  std::string lines;
  const auto served = server_.directory().get();
  for (const ReloadPlan::Step& step : plan.steps()) {
    lines += to_string(step) + "\n";
    service_log_.reload_step(step);
    if (step.action == ReloadPlan::Action::remove) log_totals(before, step.listener);
    if (step.action != ReloadPlan::Action::add && step.action != ReloadPlan::Action::change) continue;
    for (const ListenerDirectory::Entry& entry : *served) {
      if (entry.context->name == step.listener) service_log_.listening(entry);
    }
  }
  for (const std::string& key : plan.keys_for_restart()) {
    lines += service_log_.needs_restart(key) + "\n";
  }
  service_log_.reload_done();
  return lines + "reload done";
}

}  // namespace netkit
