#include "server/reloader.h"

#include <utility>

#include "base/run_guarded.h"
#include "server/advice/warnings.h"
#include "server/handover/notify.h"
#include "server/log/attempt.h"
#include "server/process/descriptor_room.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

constexpr const char* kReloadFailed = "reload failed, the running config stays";

}  // namespace

Reloader::Reloader(std::string config_file, std::unique_ptr<Generation> generation,
                   std::shared_ptr<PluginLibraries> libraries, Server& server, ServiceFacts& facts, ServerLog& log)
    : config_file_(std::move(config_file)),
      libraries_(std::move(libraries)),
      generation_(std::move(generation)),
      server_(server),
      facts_(facts),
      log_(log),
      service_log_(log) {}

Diagnostics Reloader::begin() {
  const std::string room = make_room_for_descriptors(config().limits.connections);
  Diagnostics errors = server_.apply(config(), ReloadPlan({}, generation_->flat()), generation_->loader());
  if (!errors.empty()) return errors;
  facts_.loaded_now();
  warn(room);
  return {};
}

AdminOutcome Reloader::reload() {
  ++facts_.reloads;
  attempt(log_, "the service manager was not told of a reload", [] { notify_manager(reloading_state()); });
  Diagnostics errors;
  AdminOutcome outcome;
  if (const std::optional<Reloaded> reloaded = try_reload(errors)) {
    follow(*reloaded, outcome);
  } else {
    outcome.result = AdminOutcome::Result::failed;
    report(errors, outcome);
  }
  attempt(log_, "the service manager was not told that the reload is over", [&] {
    const bool failed = outcome.result == AdminOutcome::Result::failed;
    notify_manager("READY=1\n" + serving_status(config().listeners.size(), failed));
  });
  return outcome;
}

/// Takes the generation that is served from now on; nothing, and the errors, if the old one stays. There may be no
/// memory even for an error.
std::optional<Reloader::Reloaded> Reloader::try_reload(Diagnostics& errors) {
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
void Reloader::follow(const Reloaded& reloaded, AdminOutcome& outcome) {
  facts_.loaded_now();
  set_debuggable(config().debuggable);
  log_.follow(config().log);
  attempt(log_, "no warnings", [&] { warn(make_room_for_descriptors(config().limits.connections)); });
  attempt(log_, "reload done, but not all of it could be told",
          [&] { outcome.text = report(reloaded.plan, reloaded.before); });
}

/// Logs the steps of a reload and returns them as lines. `before` holds the totals at the moment of the reload: the
/// last ones of removed listeners.
std::string Reloader::report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before) {
  std::string lines;
  const auto served = server_.directory().get();
  for (const ReloadPlan::Step& step : plan.steps()) {
    lines += to_string(step) + "\n";
    service_log_.reload_step(step);
    if (step.action == ReloadPlan::Action::remove) {
      for (const ListenerTotals& totals : before) {
        if (totals.listener == step.listener) log_.write(LogLevel::info, totals);
      }
    }
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

/// Logs why a reload has failed; the outcome has the lines.
void Reloader::report(const Diagnostics& errors, AdminOutcome& outcome) {
  ++facts_.failed_reloads;
  attempt(log_, "no memory to tell every error of the config", [&] {
    for (const Diagnostic& error : errors) {
      service_log_.config_error(error);
      outcome.text += to_string(error) + "\n";
    }
    outcome.text += kReloadFailed;
  });
  service_log_.reload_failed(kReloadFailed);
}

/// Logs what is unwise about the config. `more`: another warning, or empty.
void Reloader::warn(const std::string& more) {
  attempt(log_, "no warnings", [&] {
    if (!more.empty()) service_log_.warning({"", "limits.connections", more});
    const Identity identity = config().identity.value_or(current_identity());
    for (const Warning& warning : warnings_for(config_file_, config(), generation_->loader(), identity)) {
      service_log_.warning(warning);
    }
  });
}

}  // namespace netkit
