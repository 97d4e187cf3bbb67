#include "server/server.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>
#include <utility>

#include "host/loop/cpu_set.h"
#include "netkit/account.h"
#include "server/listeners/listening_lines.h"
#include "server/process/crash_report.h"
#include "server/process/folders.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};        // for handlers and loops to notice the stop request
constexpr std::chrono::milliseconds kHurriedPatience{500};  // the same, from the moment that somebody is in a hurry

/// Undoes the changes that PortTable::acquire() made to the files of ports in use.
void restore_files(const ListenerSet::Listeners& listeners) {
  for (const auto& listener : listeners) {
    for (const ServedListener::Part& part : listener->parts) {
      if (part.port) part.port->file().restore();
    }
  }
}

}  // namespace

Server::Server(const EventLoops& loops, HostLog& log, PassedSockets passed, unsigned worker_threads)
    : log_(log),
      reaper_(std::make_shared<Reaper>()),
      workers_(static_cast<int>(worker_threads), loops.pin ? std::optional(CpuSet::of_this_thread()) : std::nullopt,
               prepare_thread_for_crash),
      loops_(loops, log),
      factory_(state_, workers_, loops_.all(), log, reaper_),
      listener_drain_(loops_.round_robin(), log),
      ports_(std::move(passed), log) {
  for (EventLoop* loop : loops_.all()) {
    loop->when_halved([reaper = reaper_] { reaper->much_was_freed(); });
    loop->use_memory(state_.memory);
  }
  state_.memory.when_over([this] { loops_.relieve(state_.memory); });
}

Server::~Server() {
  if (started_ && !stopped_) stop([] { return true; });
  dismantle();
}

void Server::dismantle() {
  admin_.reset();
  directory_.set({});
  listeners_.clear();
  ports_.close_unused();
  reaper_->reap();  // handlers end on the loops, which have stopped
  loops_.destroy();
  reaper_->reap();
}

Diagnostics Server::check(const ServerConfig& config, PluginLoader& loader) {
  Diagnostics errors = settle_identity(config);
  if (!errors.empty()) return errors;
  errors = missing_folders(config);
  for (const ListenerConfig& listener : config.listeners) factory_.check(listener, loader, errors);
  reaper_->reap();
  return errors;
}

Diagnostics Server::apply(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader) {
  Diagnostics errors = settle_identity(config);
  if (!errors.empty()) return errors;
  const Listeners fresh = make(config, plan, loader, errors);
  if (errors.empty()) acquire_ports(fresh, errors);
  if (errors.empty()) {
    commit(config, fresh);
  } else {
    restore_files(fresh);
  }
  return errors;
}

/// Decides which user the server will run as. Handlers may start programs as that user, so this is checked before they
/// are made. A running server does not change its user.
Diagnostics Server::settle_identity(const ServerConfig& config) {
  if (started_) return {};
  if (std::optional<Diagnostic> error = check_identity(config)) return {std::move(*error)};
  identity_ = config.identity.value_or(current_identity());
  factory_.serve_as(identity_);
  ports_.serve_as(identity_);
  return {};
}

/// Makes the listeners that the plan adds or changes.
Server::Listeners Server::make(const ServerConfig& config, const ReloadPlan& plan, PluginLoader& loader,
                               Diagnostics& errors) {
  std::set<std::string> wanted;
  for (const ReloadPlan::Step& step : plan.steps()) {
    if (step.action == ReloadPlan::Action::add || step.action == ReloadPlan::Action::change) {
      wanted.insert(step.listener);
    }
  }
  Listeners made;
  for (const ListenerConfig& listener : config.listeners) {
    if (!wanted.contains(listener.name)) continue;
    if (auto one = factory_.make(listener, loader, listeners_.find(listener.name).get(), errors))
      made.push_back(std::move(one));
  }
  return made;
}

void Server::acquire_ports(const Listeners& listeners, Diagnostics& errors) {
  for (const auto& listener : listeners) {
    try {
      const Ports ports = ports_.acquire(listener->config);
      for (std::size_t i = 0; i < ports.size(); ++i) listener->parts[i].port = ports[i];
    } catch (const std::exception& error) {
      errors.push_back({listener->config.address_where, error.what()});
    }
  }
}

/// Only a lack of memory can fail here.
void Server::commit(const ServerConfig& config, const Listeners& fresh) {
  drain_ = longest_drain(config);
  state_.use_limits(config.limits);
  for (const auto& listener : fresh) {
    listener->services->begin();
    for (const ServedListener::Part& part : listener->parts) ports_.keep(part.port);
    if (started_) serve(*listener);
  }
  ListenerSet::Replaced replaced = listeners_.replace(config, fresh);
  for (const auto& listener : fresh) listener_drain_.readmit(*listener);
  // First stop accepting, then drain.
  replaced.listeners.clear();
  ports_.close_unused();
  for (const auto& context : replaced.orphans) listener_drain_.begin(context, Clock::now() + context->timeouts.drain);
  publish();
}

void Server::serve(const ServedListener& listener) {
  for (const ServedListener::Part& part : listener.parts) part.port->serve(part.context, loops_.round_robin());
}

Diagnostics Server::open_admin(const AdminConfig& config, Administration& administration) {
  try {
    admin_ = std::make_unique<AdminEndpoint>(config, administration, workers_, log_, *reaper_, ports_);
    return {};
  } catch (const std::exception& error) {
    return {{config.where, std::string("'admin': ") + error.what()}};
  }
}

bool Server::pause(const std::string& name, bool paused) {
  const std::shared_ptr<ServedListener> listener = listeners_.find(name);
  if (!listener) return false;
  for (const ServedListener::Part& part : listener->parts) {
    part.port->pause(paused);
    if (!paused) listener_drain_.cancel(part.context);
  }
  publish();
  return true;
}

bool Server::drain(const std::string& name) {
  if (!pause(name, true)) return false;
  const std::shared_ptr<ServedListener> listener = listeners_.find(name);
  for (const ServedListener::Part& part : listener->parts) {
    if (part.port->transport() == Transport::udp) continue;  // its conversations end with the socket
    listener_drain_.begin(part.context, Clock::now() + part.context->timeouts.drain);
  }
  return true;
}

/// Shows other threads what is served now.
void Server::publish() {
  ListenerDirectory::Entries entries;
  for (const auto& listener : listeners_.all()) {
    for (std::size_t i = 0; i < listener->parts.size(); ++i) {
      const ServedListener::Part& part = listener->parts[i];
      entries.push_back({.address = to_string(part.port->bound()),
                         .framing = framing_text(listener->config.transports[i].framing),
                         .handler = listener->config.handler.type,
                         .paused = part.port->paused(),
                         .context = part.context,
                         .metrics = i == 0 ? listener->metrics : nullptr});
    }
  }
  directory_.set(std::move(entries));
}

void Server::start() {
  drop_privileges(identity_);
  started_ = true;
  loops_.start();
  for (const auto& listener : listeners_.all()) serve(*listener);
  if (admin_) admin_->start();
}

std::vector<std::string> Server::listening() const {
  std::vector<std::string> lines;
  for (const auto& listener : listeners_.all()) {
    for (std::string& line : listening_lines(*listener)) lines.push_back(std::move(line));
  }
  if (admin_) {
    for (std::string& line : admin_->listening()) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> Server::listening(const std::string& name) const {
  const std::shared_ptr<ServedListener> listener = listeners_.find(name);
  return listener ? listening_lines(*listener) : std::vector<std::string>();
}

void Server::tend() {
  if (reaper_->reap()) loops_.give_back_memory();
  listener_drain_.tend(Clock::now());
  if (started_) loops_.tend(Clock::now());
}

void Server::close_listeners() {
  for (const auto& listener : listeners_.all()) {
    for (const ServedListener::Part& part : listener->parts) ports_.close(*part.port);
  }
}

bool Server::stop(const std::function<bool()>& hurry, std::chrono::nanoseconds linger) {
  stopped_ = true;
  close_listeners();
  const TimePoint now = Clock::now();
  const TimePoint deadline = now + drain_;
  bool hurried = loops_.wait_for([this] { return loops_.idle(); }, now + std::min(linger, drain_ / 2), hurry);
  loops_.drain();
  hurried = hurried || loops_.wait_for([this] { return loops_.drained(); }, deadline, hurry);
  const auto ends = [&](const std::function<bool()>& over) {
    if (!hurried) hurried = loops_.wait_for(over, Clock::now() + kPatience, hurry);
    if (hurried) loops_.wait_for(over, Clock::now() + kHurriedPatience, [] { return false; });
    return over();
  };
  if (!ends(loops_.abort())) {
    log_.event(LogLevel::error, "loop-left", {{"text", "an event loop does not turn; leaving without it"}});
    return false;
  }
  if (!ends([this] { return workers_.stop(0); })) {
    log_.event(LogLevel::error, "handler-left", {{"text", "a handler does not end; leaving without it"}});
    return false;
  }
  loops_.stop();
  admin_.reset();
  ports_.close_all();
  return true;
}

}  // namespace netkit
