#include "server/service.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/run_guarded.h"
#include "server/advice/warnings.h"
#include "server/descriptor_room.h"
#include "server/handover/notify.h"
#include "server/privileges.h"

namespace netkit {
namespace {

// After a handover, a connection that was accepted just before it gets this long to send its message and be answered.
constexpr std::chrono::seconds kLinger{1};

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
      server_(generation_->config().event_loops, log, std::move(start.sockets), generation_->config().worker_threads) {}

Diagnostics Service::bind() {
  const std::string room = make_room_for_descriptors(generation_->config().limits.connections);  // no threads yet
  Diagnostics errors = server_.apply(generation_->config(), ReloadPlan({}, generation_->flat()), generation_->loader());
  if (errors.empty()) warn(room);
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
  server_.start();
  set_debuggable(generation_->config().debuggable);
  announce(out);
  while (wait_and_act()) {
  }
  const bool handed_over = child_ && child_->look() == HandoverChild::State::ready;
  child_.reset();
  // For the service manager, the new server is the service now.
  if (!handed_over) notify_manager("STOPPING=1");
  if (handed_over) server_.ports().hand_over_files();
  log_.write(LogLevel::info, "stopping: no new connections, running answers finish");
  const auto hurry = [this] { return signals_.asked_to_end(); };
  const bool all_ended = server_.stop(hurry, handed_over ? kLinger : std::chrono::seconds(0));
  log_totals();
  return all_ended;
}

/// `more`: another warning, or empty.
void Service::warn(const std::string& more) {
  const auto write = [&] {
    if (!more.empty()) log_.write(LogLevel::warning, more);
    const ServerConfig& config = generation_->config();
    const Identity identity = config.identity.value_or(current_identity());
    for (const std::string& text : warnings_for(config_file_, config, generation_->loader(), identity)) {
      log_.write(LogLevel::warning, text);
    }
  };
  run_guarded(write, [this](const char* why) { log_.write(LogLevel::error, std::string("no warnings: ") + why); });
}

void Service::log_totals() {
  run_guarded([this] { log_totals(server_.totals()); },
              [this](const char* /*why*/) { log_.write(LogLevel::error, "no memory to tell the totals"); });
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
  const std::optional<int> signal = signals_.wait(deadline, {server_.wake_descriptor(), news});
  server_.tend();
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
  log_.write(LogLevel::warning, "a replaced plugin stays in memory, " + std::to_string(stuck) +
                                    " by now: the dynamic linker does not unload it (see -fno-gnu-unique)");
}

void Service::act_on(int signal) {
  if (signal == SIGUSR1) {
    log_.reopen();
    log_totals();
  } else if (child_) {
    log_.write(LogLevel::warning, std::string(sigabbrev_np(signal)) + " is not acted on while a new server starts");
  } else if (signal == SIGHUP) {
    log_.reopen();
    reload();
  } else {
    begin_upgrade();
  }
}

void Service::reload() {
  notify_manager(reloading_state());
  Diagnostics errors;
  std::vector<ListenerTotals> before;
  if (std::unique_ptr<Generation> next = try_reload(errors, before)) {
    const ReloadPlan plan(generation_->flat(), next->flat());
    generation_ = std::move(next);
    set_debuggable(generation_->config().debuggable);
    warn(make_room_for_descriptors(generation_->config().limits.connections));
    log_.follow(generation_->config().log);
    report(plan, before);
  } else {
    for (const Diagnostic& error : errors) log_.write(LogLevel::error, to_string(error));
    log_.write(LogLevel::error, "reload failed, the running config stays");
  }
  notify_manager("READY=1");
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
    log_.write(LogLevel::info, "upgrade: started " + invocation_.path + " as process " + std::to_string(child_->pid()));
  } catch (const std::exception& error) {
    log_.write(LogLevel::error,
               "upgrade failed, this server goes on: cannot start " + invocation_.path + ": " + error.what());
  }
}

/// True once the new server serves. Forgets one that failed.
bool Service::handed_over() {
  switch (child_->look()) {
    case HandoverChild::State::ready:
      log_.write(LogLevel::info, "upgrade: process " + std::to_string(child_->pid()) + " serves, this one ends");
      return true;
    case HandoverChild::State::failed:
      log_.write(LogLevel::error,
                 "upgrade failed, this server goes on: the new one did not come to serve: " + child_->failure());
      child_.reset();
      return false;
    case HandoverChild::State::starting:
      break;
  }
  return false;
}

/// `before` holds the totals at the moment of the reload: the last ones of removed listeners.
void Service::report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before) {
  for (const ReloadPlan::Step& step : plan.steps()) {
    log_.write(LogLevel::info, "reload: " + to_string(step));
    if (step.action == ReloadPlan::Action::remove) log_totals(before, step.listener);
    if (step.action != ReloadPlan::Action::add && step.action != ReloadPlan::Action::change) continue;
    for (const std::string& line : server_.listening(step.listener)) log_.write(LogLevel::info, "reload: " + line);
  }
  for (const std::string& key : plan.keys_for_restart()) {
    log_.write(LogLevel::warning, "reload: '" + key + "' stays as it was: it needs a restart");
  }
  log_.write(LogLevel::info, "reload done");
}

}  // namespace netkit
