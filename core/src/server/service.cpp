#include "server/service.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/run_guarded.h"
#include "server/handover/notify.h"
#include "server/log/attempt.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

// After a handover, a connection that was accepted just before it gets this long to send its message and be answered.
constexpr std::chrono::seconds kLinger{1};

}  // namespace

Service::Service(std::string config_file, std::unique_ptr<Generation> generation,
                 std::shared_ptr<PluginLibraries> libraries, ServerLog& log, SignalReceiver& signals, Start start)
    : log_(log),
      signals_(signals),
      parent_(std::move(start.parent)),
      server_(generation->config().event_loops, log, std::move(start.sockets), generation->config().worker_threads),
      administration_(server_.directory(), server_.state(), server_.loops(), server_.workers(), libraries),
      reloader_(std::move(config_file), std::move(generation), std::move(libraries), server_, administration_.facts,
                log),
      upgrade_(std::move(start.invocation), log),
      commands_(administration_, server_, reloader_, upgrade_, log) {}

Diagnostics Service::bind() {
  Diagnostics errors = reloader_.begin();
  if (errors.empty() && reloader_.config().admin) {
    errors = server_.open_admin(*reloader_.config().admin, administration_);
  }
  // After a handover, sockets may be left over: the config may have lost a listener since, whose connections the old
  // server drains.
  if (parent_) return errors;
  for (const PassedSockets::Socket& socket : server_.ports().passed().left()) {
    errors.push_back({{reloader_.config_file(), 0, 0},
                      "a socket was passed in as '" + socket.name + "' for " + to_string(socket.transport) + " " +
                          to_string(socket.address) + ", but no listener has that address"});
  }
  return errors;
}

bool Service::run(std::ostream& out) {
  run_guarded([this] { service_log_.started(reloader_.config_file(), *server_.directory().get()); },
              [](const char* /*why*/) {});
  main_watch_.emplace(signals_, log_);  // before anybody may connect: it needs a thread
  server_.start();
  set_debuggable(reloader_.config().debuggable);
  administration_.facts.ready = true;
  announce(out);
  while (wait_and_act()) {
  }
  administration_.facts.ready = false;
  const bool handed_over = upgrade_.end();
  if (handed_over) {
    server_.ports().hand_over_files();
  } else {  // for the service manager, a new server would be the service by now
    notify_manager("STOPPING=1\nSTATUS=ending: running answers finish");
    be_lame_duck();
  }
  service_log_.stopping();
  const auto hurry = [this] {
    commands_.act();
    return signals_.asked_to_end();
  };
  main_watch_.reset();
  const bool all_ended = server_.stop(hurry, handed_over ? kLinger : std::chrono::seconds(0));
  log_totals();
  if (all_ended) server_.dismantle();
  service_log_.ended(administration_.facts.started, all_ended);
  return all_ended;
}

void Service::announce(std::ostream& out) {
  for (const std::string& line : server_.listening()) out << line << '\n';
  out << "ready" << std::endl;
  notify_manager("READY=1\nMAINPID=" + std::to_string(::getpid()) + "\n" +
                 serving_status(reloader_.config().listeners.size()));
  if (!parent_) return;
  server_.ports().take_over_files();
  parent_->ready();
  parent_.reset();
}

/// Waits for a signal, a new server or a command, until `end` at the latest; tends the server and does the commands.
std::optional<int> Service::wait(TimePoint end) {
  const TimePoint deadline = std::min({end, upgrade_.deadline(), server_.due()});
  main_watch_->end();
  const std::optional<int> signal =
      signals_.wait(deadline, {server_.wake_descriptor(), upgrade_.descriptor(), commands_.descriptor()});
  main_watch_->begin();
  attempt(log_, "no memory to tend what goes on", [this] {
    server_.tend();
    warn_of_stuck_plugins();
  });
  commands_.act();
  return signal;
}

/// Returns false when the server is to stop.
bool Service::wait_and_act() {
  const std::optional<int> signal = wait(TimePoint::max());
  bool is_over = false;
  attempt(log_, "no memory to look at the new server", [&] { is_over = upgrade_.handed_over(); });
  if (is_over || (signal && SignalReceiver::ends_server(*signal))) return false;
  if (signal) attempt(log_, "a signal was not acted on", [&] { act_on(*signal); });
  return true;
}

/// Goes on serving while those who watch /readyz find other servers. A second signal ends it.
void Service::be_lame_duck() {
  const TimePoint end = Clock::now() + reloader_.config().lame_duck;
  if (reloader_.config().lame_duck.count() > 0) service_log_.lame_duck(reloader_.config().lame_duck);
  while (Clock::now() < end) {
    const std::optional<int> signal = wait(end);
    if (signal && SignalReceiver::ends_server(*signal)) return;
  }
}

void Service::act_on(int signal) {
  if (signal == SIGUSR1) {
    log_.reopen();
    log_totals();
  } else if (upgrade_.running()) {
    service_log_.signal_ignored(signal);
  } else if (signal == SIGHUP) {
    log_.reopen();
    reloader_.reload();
  } else {
    upgrade_.begin(server_.ports());
  }
}

void Service::warn_of_stuck_plugins() {
  const unsigned stuck = PluginLibrary::never_unloaded();
  if (stuck == stuck_plugins_) return;
  stuck_plugins_ = stuck;
  service_log_.plugin_stays(stuck);
}

void Service::log_totals() {
  const auto write = [this] {
    for (const ListenerTotals& totals : server_.totals()) log_.write(LogLevel::info, totals);
  };
  run_guarded(write, [this](const char* /*why*/) { service_log_.no_totals(); });
}

}  // namespace netkit
