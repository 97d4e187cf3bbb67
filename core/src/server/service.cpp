#include "server/service.h"

#include <exception>
#include <optional>
#include <utility>

namespace netkit {

Service::Service(std::string config_file, std::unique_ptr<Generation> generation,
                 std::shared_ptr<PluginLibraries> libraries, Log& log, Signals& signals)
    : config_file_(std::move(config_file)),
      libraries_(std::move(libraries)),
      log_(log),
      signals_(signals),
      generation_(std::move(generation)),
      server_(generation_->config().event_loops, log) {}

Diagnostics Service::bind() {
  return server_.apply(generation_->config(), ReloadPlan({}, generation_->flat()), generation_->loader());
}

bool Service::run(std::ostream& out) {
  server_.start();
  for (const std::string& line : server_.listening()) out << line << '\n';
  out << "ready" << std::endl;
  for (;;) {
    const std::optional<int> signal = signals_.wait(server_.due(), server_.wake_descriptor());
    server_.tend();
    if (!signal) continue;
    if (Signals::ends_server(*signal)) break;
    act_on(*signal);
  }
  log_.write(LogLevel::info, "stopping: no new connections, running answers finish");
  return server_.stop([this] { return signals_.asked_to_end(); });
}

void Service::act_on(int signal) {
  if (signal == SIGHUP) {
    reload();
  } else {
    log_.write(LogLevel::warning, std::string(sigabbrev_np(signal)) + " is not acted on by this version");
  }
}

void Service::reload() {
  Diagnostics errors;
  try {
    std::unique_ptr<Generation> next = Generation::load(config_file_, libraries_, errors);
    if (next) {
      const ReloadPlan plan(generation_->flat(), next->flat());
      errors = server_.apply(next->config(), plan, next->loader());
      if (errors.empty()) {
        generation_ = std::move(next);
        report(plan);
        return;
      }
    }
  } catch (const std::exception& error) {
    errors.push_back({{config_file_, 0, 0}, error.what()});
  }
  for (const Diagnostic& error : errors) log_.write(LogLevel::error, to_string(error));
  log_.write(LogLevel::error, "reload failed, the running config stays");
}

void Service::report(const ReloadPlan& plan) {
  for (const ReloadPlan::Step& step : plan.steps()) {
    log_.write(LogLevel::info, "reload: " + to_string(step));
    if (step.action != ReloadPlan::Action::add && step.action != ReloadPlan::Action::change) continue;
    for (const std::string& line : server_.listening(step.listener)) log_.write(LogLevel::info, "reload: " + line);
  }
  for (const std::string& key : plan.keys_for_restart()) {
    log_.write(LogLevel::warning, "reload: '" + key + "' stays as it was: it needs a restart");
  }
  log_.write(LogLevel::info, "reload done");
}

}  // namespace netkit
