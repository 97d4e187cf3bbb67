#include "server/service.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/run_guarded.h"
#include "server/descriptor_room.h"
#include "server/handover/notify.h"

namespace netkit {
namespace {

// Whoever was accepted just before a new server took over has until then to ask and be answered.
constexpr std::chrono::seconds kFarewell{1};

}  // namespace

Service::Service(std::string config_file, std::unique_ptr<Generation> generation,
                 std::shared_ptr<PluginLibraries> libraries, ServerLog& log, SignalWait& signals, Start start)
    : config_file_(std::move(config_file)),
      libraries_(std::move(libraries)),
      log_(log),
      signals_(signals),
      generation_(std::move(generation)),
      invocation_(std::move(start.invocation)),
      parent_(std::move(start.parent)),
      server_(generation_->config().event_loops, log, std::move(start.sockets)) {}

Diagnostics Service::bind() {
  Diagnostics errors = server_.apply(generation_->config(), ReloadPlan({}, generation_->flat()), generation_->loader());
  // The config may have lost a listener since the old server read it: that one drains its connections.
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
  announce(out);
  while (wait_and_act()) {
  }
  const bool handed_over = upgrade_ && upgrade_->look() == Upgrade::State::ready;
  upgrade_.reset();
  // To a manager the new server is the service now.
  if (!handed_over) notify_manager("STOPPING=1");
  if (handed_over) server_.ports().leave_files();
  log_.write(LogLevel::info, "stopping: no new connections, running answers finish");
  const auto hurry = [this] { return signals_.asked_to_end(); };
  const bool all_ended = server_.stop(hurry, handed_over ? kFarewell : std::chrono::seconds(0));
  log_totals();
  return all_ended;
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
  server_.ports().succeed();
  parent_->ready();
  parent_.reset();
}

/// False once the server is to end.
bool Service::wait_and_act() {
  const TimePoint deadline = upgrade_ ? std::min(upgrade_->deadline(), server_.due()) : server_.due();
  const int news = upgrade_ ? upgrade_->descriptor() : -1;
  const std::optional<int> signal = signals_.wait(deadline, {server_.wake_descriptor(), news});
  server_.tend();
  warn_of_stuck_plugins();
  if (upgrade_ && handed_over()) return false;
  if (signal && SignalWait::ends_server(*signal)) return false;
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
  } else if (upgrade_) {
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
    make_room_for_descriptors(generation_->config().limits.connections);
    log_.follow(generation_->config().log);
    report(plan, before);
  } else {
    for (const Diagnostic& error : errors) log_.write(LogLevel::error, to_string(error));
    log_.write(LogLevel::error, "reload failed, the running config stays");
  }
  notify_manager("READY=1");
}

/// The generation that is served now, and what was counted `before` it; null, and what is wrong, if it is still the old
/// one.
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
    upgrade_ = std::make_unique<Upgrade>(invocation_, server_.ports().all());
    log_.write(LogLevel::info,
               "upgrade: started " + invocation_.path + " as process " + std::to_string(upgrade_->pid()));
  } catch (const std::exception& error) {
    log_.write(LogLevel::error,
               "upgrade failed, this server goes on: cannot start " + invocation_.path + ": " + error.what());
  }
}

/// True once a new server serves. One that does not come to that is forgotten.
bool Service::handed_over() {
  switch (upgrade_->look()) {
    case Upgrade::State::ready:
      log_.write(LogLevel::info, "upgrade: process " + std::to_string(upgrade_->pid()) + " serves, this one ends");
      return true;
    case Upgrade::State::failed:
      log_.write(LogLevel::error,
                 "upgrade failed, this server goes on: the new one did not come to serve: " + upgrade_->failure());
      upgrade_.reset();
      return false;
    case Upgrade::State::starting:
      break;
  }
  return false;
}

/// `before`: what was counted until the reload, the last that is known of listeners that are removed.
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
