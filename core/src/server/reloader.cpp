#include "server/reloader.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

#include "base/run_guarded.h"
#include "server/advice/warnings.h"
#include "server/handover/notify.h"
#include "server/process/descriptor_room.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

constexpr const char* kReloadFailed = "reload failed, the running config stays";

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Reloader::Reloader(std::string config_file, std::unique_ptr<Generation> generation,
                   std::shared_ptr<PluginLibraries> libraries, Server& server, ServiceFacts& facts, ServerLog& log)
    : config_file_(std::move(config_file)),
      libraries_(std::move(libraries)),
      generation_(std::move(generation)),
      server_(server),
      facts_(facts),
      log_(log) {}

Diagnostics Reloader::begin() {
  const std::string room = make_room_for_descriptors(config().limits.connections);
  Diagnostics errors = server_.apply(config(), ReloadPlan({}, generation_->flat()), generation_->loader());
  if (!errors.empty()) return errors;
  facts_.last_reload = seconds_since_1970();
  warn(room);
  return {};
}

AdminOutcome Reloader::reload() {
  ++facts_.reloads;
  AdminOutcome outcome;
  notify_manager(reloading_state());
  Diagnostics errors;
  std::vector<ListenerTotals> before;
  if (std::unique_ptr<Generation> next = try_reload(errors, before)) {
    outcome.text = take(std::move(next), before);
  } else {
    ++facts_.failed_reloads;
    outcome = {AdminOutcome::Result::failed, report(errors)};
  }
  notify_manager("READY=1");
  return outcome;
}

/// Returns the generation served now, and in `before` the totals at the moment of the change; null, and the errors, if
/// the old generation stays.
std::unique_ptr<Generation> Reloader::try_reload(Diagnostics& errors, std::vector<ListenerTotals>& before) {
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

/// Lets the rest of the process follow the config that the server serves by now. Returns the report.
std::string Reloader::take(std::unique_ptr<Generation> next, const std::vector<ListenerTotals>& before) {
  const ReloadPlan plan(generation_->flat(), next->flat());
  generation_ = std::move(next);
  set_debuggable(config().debuggable);
  warn(make_room_for_descriptors(config().limits.connections));
  log_.follow(config().log);
  facts_.last_reload = seconds_since_1970();
  return report(plan, before);
}

/// Logs the steps of a reload and returns them as lines. `before` holds the totals at the moment of the reload: the
/// last ones of removed listeners.
std::string Reloader::report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before) {
  std::string lines;
  for (const ReloadPlan::Step& step : plan.steps()) {
    lines += to_string(step) + "\n";
    log_.write(LogLevel::info, "reload: " + to_string(step));
    if (step.action == ReloadPlan::Action::remove) {
      for (const ListenerTotals& totals : before) {
        if (totals.listener == step.listener) log_.write(LogLevel::info, totals);
      }
    }
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

/// Logs why a reload has failed and returns it as lines.
std::string Reloader::report(const Diagnostics& errors) {
  std::string lines;
  for (const Diagnostic& error : errors) {
    log_.write(LogLevel::error, to_string(error));
    lines += to_string(error) + "\n";
  }
  log_.write(LogLevel::error, kReloadFailed);
  return lines + kReloadFailed;
}

/// Logs what is unwise about the config. `more`: another warning, or empty.
void Reloader::warn(const std::string& more) {
  const auto write = [&] {
    if (!more.empty()) log_.write(LogLevel::warning, more);
    const Identity identity = config().identity.value_or(current_identity());
    for (const std::string& text : warnings_for(config_file_, config(), generation_->loader(), identity)) {
      log_.write(LogLevel::warning, text);
    }
  };
  run_guarded(write, [this](const char* why) { log_.write(LogLevel::error, std::string("no warnings: ") + why); });
}

}  // namespace netkit
