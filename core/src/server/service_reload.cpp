// What a Service does to follow a new config.

#include <string>
#include <utility>

#include "base/run_guarded.h"
#include "server/advice/warnings.h"
#include "server/handover/notify.h"
#include "server/log/attempt.h"
#include "server/process/descriptor_room.h"
#include "server/process/privileges.h"
#include "server/service.h"

namespace netkit {
namespace {

constexpr const char* kReloadFailed = "reload failed, the running config stays";

}  // namespace

/// What a reload has changed.
struct Service::Reloaded {
  ReloadPlan plan;
  std::vector<ListenerTotals> before;  ///< At the moment of the change.
};

/// The outcome has a line for each change, or each error.
AdminOutcome Service::reload() {
  ++administration_.facts.reloads;
  attempt(log_, "the service manager was not told of a reload", [] { notify_manager(reloading_state()); });
  Diagnostics errors;
  AdminOutcome outcome;
  if (const std::optional<Reloaded> reloaded = try_reload(errors)) {
    follow(*reloaded, outcome);
  } else {
    outcome.result = AdminOutcome::Result::failed;
    report(errors, outcome);
  }
  attempt(log_, "the service manager was not told that the reload is over", [] { notify_manager("READY=1"); });
  return outcome;
}

/// Takes the generation that is served from now on; nothing, and the errors, if the old one stays. There may be no
/// memory even for an error.
std::optional<Service::Reloaded> Service::try_reload(Diagnostics& errors) {
  std::optional<Reloaded> reloaded;
  const auto replace = [&] {
    std::unique_ptr<Generation> next = Generation::load(config_file_, libraries_, errors);
    if (!next) return;
    Reloaded made{ReloadPlan(generation_->flat(), next->flat()), server_.totals()};
    errors = server_.apply(next->config(), made.plan, next->loader());
    if (!errors.empty()) return;
    // The server serves it, so nothing may fail from here on.
    generation_ = std::move(next);
    reloaded = std::move(made);
  };
  run_guarded(replace, [&](const char* why) {
    attempt(log_, kReloadFailed, [&] { errors.push_back({{config_file_, 0, 0}, why}); });
  });
  return reloaded;
}

/// Does, as far as there is memory, what else a new config asks for, and says so.
void Service::follow(const Reloaded& reloaded, AdminOutcome& outcome) {
  const ServerConfig& config = generation_->config();
  administration_.facts.loaded_now();
  set_debuggable(config.debuggable);
  log_.follow(config.log);
  attempt(log_, "no warnings", [&] { warn(make_room_for_descriptors(config.limits.connections)); });
  attempt(log_, "reload done, but not all of it could be told",
          [&] { outcome.text = report(reloaded.plan, reloaded.before); });
}

void Service::report(const Diagnostics& errors, AdminOutcome& outcome) {
  ++administration_.facts.failed_reloads;
  attempt(log_, "no memory to tell every error of the config", [&] {
    for (const Diagnostic& error : errors) {
      log_.write(LogLevel::error, to_string(error));
      outcome.text += to_string(error) + "\n";
    }
    outcome.text += kReloadFailed;
  });
  log_.write(LogLevel::error, kReloadFailed);
}

/// `more`: another warning, or empty.
void Service::warn(const std::string& more) {
  attempt(log_, "no warnings", [&] {
    if (!more.empty()) log_.write(LogLevel::warning, more);
    const ServerConfig& config = generation_->config();
    const Identity identity = config.identity.value_or(current_identity());
    for (const std::string& text : warnings_for(config_file_, config, generation_->loader(), identity)) {
      log_.write(LogLevel::warning, text);
    }
  });
}

/// Logs the steps of a reload and returns them as lines. `before` holds the totals at the moment of the reload: the
/// last ones of removed listeners.
std::string Service::report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before) {
  std::string lines;
  for (const ReloadPlan::Step& step : plan.steps()) {
    lines += to_string(step) + "\n";
    log_.write(LogLevel::info, "reload: " + to_string(step));
    if (step.action == ReloadPlan::Action::remove) log_totals(before, step.listener);
    if (step.action != ReloadPlan::Action::add && step.action != ReloadPlan::Action::change) continue;
    for (const std::string& line : server_.listening(step.listener)) log_.write(LogLevel::info, "reload: " + line);
  }
  for (const std::string& key : plan.keys_for_restart()) {
    const std::string line = "'" + key + "' stays as it was: it needs a restart";
    lines += line + "\n";
    log_.write(LogLevel::warning, "reload: " + line);
  }
  log_.write(LogLevel::info, "reload done");
  return lines + "reload done";
}

}  // namespace netkit
