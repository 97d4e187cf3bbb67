#include "server/server.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>
#include <thread>
#include <utility>

#include "base/run_guarded.h"
#include "host/listener/drain_cut.h"
#include "netkit/account.h"
#include "server/memory/heap.h"
#include "server/memory/memory_relief.h"
#include "server/process/crash_report.h"
#include "server/process/folders.h"
#include "server/process/privileges.h"

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kWorkerPatience{5000};  // for handlers to notice the stop request
constexpr std::chrono::milliseconds kHurriedPatience{200};  // for an event loop to come to it
constexpr std::chrono::milliseconds kDrainLook{10};

std::string framing_text(const FramingChoice& framing) {
  if (framing.in.type == framing.out.type) return framing.in.type;
  return framing.in.type + "/" + framing.out.type;
}

std::vector<std::string> lines_of(const ServedListener& listener) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < listener.parts.size(); ++i) {
    const Port& port = *listener.parts[i].port;
    const TransportConfig& transport = listener.config.transports[i];
    lines.push_back("listening " + listener.config.name + " " + to_string(transport.transport) + " " +
                    to_string(port.bound()) + " framing=" + framing_text(transport.framing) +
                    " handler=" + listener.config.handler.type);
  }
  return lines;
}

std::vector<std::unique_ptr<EventLoop>> make_loops(const EventLoops& config, Log& log) {
  // Counts the processors that this process may use, in a container or under taskset, not those of the machine: two
  // loops on one processor wait for each other.
  const std::size_t cores = std::max<std::size_t>(1, CpuSet::of_this_thread().each().size());
  const std::size_t count = config.count > 0 ? config.count : cores;
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (std::size_t i = 0; i < count; ++i) loops.push_back(std::make_unique<EventLoop>(config.spin, log, i));
  return loops;
}

LoopRoundRobin ring_of(const std::vector<std::unique_ptr<EventLoop>>& loops) {
  std::vector<EventLoop*> pointers;
  pointers.reserve(loops.size());
  for (const auto& loop : loops) pointers.push_back(loop.get());
  return LoopRoundRobin(std::move(pointers));
}

std::string client_rules_of(const ListenerContext& context) {
  return context.tls ? context.tls->client_rules() : std::string();
}

/// True if the two do not let in the same peers.
bool admits_others(const ListenerContext& before, const ListenerContext& now) {
  return before.access.allow != now.access.allow || before.access.deny != now.access.deny ||
         client_rules_of(before) != client_rules_of(now);
}

bool serves_by(const ServedListener& listener, const std::shared_ptr<Port>& port) {
  return std::any_of(listener.parts.begin(), listener.parts.end(), [&](const auto& part) { return part.port == port; });
}

}  // namespace

Server::Server(const EventLoops& loops, HostLog& log, PassedSockets passed, unsigned worker_threads)
    : log_(log),
      reaper_(std::make_shared<Reaper>()),
      pin_(loops.pin),
      workers_(static_cast<int>(worker_threads), pin_ ? std::optional(CpuSet::of_this_thread()) : std::nullopt),
      loops_(make_loops(loops, log)),
      watchdog_(loops_, log),
      round_robin_(ring_of(loops_)),
      factory_(state_, workers_, round_robin_.all(), log, reaper_),
      listener_drain_(round_robin_, log),
      ports_(std::move(passed), log) {
  for (const auto& loop : loops_) loop->when_halved([reaper = reaper_] { reaper->much_was_freed(); });
  state_.memory.when_over([this] { relieve_memory(); });
}

Server::~Server() {
  if (started_ && !stopped_) stop([] { return true; });
  admin_.reset();
  directory_.set({});
  listeners_.clear();
  ports_.close_unused();
  reaper_->reap();  // handlers end on the loops, which have stopped
  loops_.clear();
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
    if (auto one = factory_.make(listener, loader, find(listener.name).get(), errors)) made.push_back(std::move(one));
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

/// Undoes the changes that acquire() made to the files of ports in use.
void Server::restore_files(const Listeners& listeners) {
  for (const auto& listener : listeners) {
    for (const ServedListener::Part& part : listener->parts) {
      if (part.port) part.port->file().restore();
    }
  }
}

/// Only a lack of memory can fail here.
void Server::commit(const ServerConfig& config, const Listeners& fresh) {
  drain_ = longest_drain(config);
  state_.use_limits(config.limits);
  for (const auto& listener : fresh) {
    listener->services->begin();
    for (const ServedListener::Part& part : listener->parts) {
      ports_.keep(part.port);
      if (started_) part.port->serve(part.context, round_robin_);
    }
  }
  Listeners before = std::exchange(listeners_, merge(config, fresh, listeners_));
  Contexts orphans;
  for (const auto& listener : before) {
    if (const auto after = find(listener->config.name); after != listener)
      sort_contexts(*listener, after.get(), orphans);
  }
  for (const auto& listener : fresh) readmit(*listener);
  // First stop accepting, then drain.
  before.clear();
  ports_.close_unused();
  for (const auto& context : orphans) listener_drain_.begin(context, Clock::now() + context->timeouts.drain);
  publish();
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
  const std::shared_ptr<ServedListener> listener = find(name);
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
  const std::shared_ptr<ServedListener> listener = find(name);
  for (const ServedListener::Part& part : listener->parts) {
    if (part.port->transport() == Transport::udp) continue;  // its conversations end with the socket
    listener_drain_.begin(part.context, Clock::now() + part.context->timeouts.drain);
  }
  return true;
}

/// Shows other threads what is served now.
void Server::publish() {
  ListenerDirectory::Entries entries;
  for (const auto& listener : listeners_) {
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

/// Ends the connections of former versions of the listener that would not be let in any more.
void Server::readmit(const ServedListener& listener) {
  for (const ServedListener::Former& former : listener.formers) {
    const std::shared_ptr<ListenerContext> before = former.context.lock();
    const std::shared_ptr<Port> port = former.port.lock();
    for (const ServedListener::Part& part : listener.parts) {
      if (before && part.port == port && admits_others(*before, *part.context)) {
        listener_drain_.readmit(before, part.context);
      }
    }
  }
}

/// Returns the listeners in the order of the config: new ones from `fresh`, unchanged ones from `running`.
Server::Listeners Server::merge(const ServerConfig& config, const Listeners& fresh, const Listeners& running) {
  Listeners merged;
  for (const ListenerConfig& listener : config.listeners) {
    const auto named = [&](const auto& one) { return one->config.name == listener.name; };
    auto found = std::find_if(fresh.begin(), fresh.end(), named);
    if (found == fresh.end()) found = std::find_if(running.begin(), running.end(), named);
    merged.push_back(*found);
  }
  return merged;
}

/// Sorts the contexts of a replaced or removed listener: if its port is also one of `after`, the connections go on and
/// `after` keeps track of them; the others become orphans.
void Server::sort_contexts(const ServedListener& before, ServedListener* after, Contexts& orphans) {
  const auto pass_on = [&](const std::shared_ptr<ListenerContext>& context, const std::shared_ptr<Port>& port) {
    if (!context) return;
    if (after != nullptr && port && serves_by(*after, port)) {
      after->formers.push_back({context, port});
    } else {
      orphans.push_back(context);
    }
  };
  for (const ServedListener::Former& former : before.formers) pass_on(former.context.lock(), former.port.lock());
  for (const ServedListener::Part& part : before.parts) pass_on(part.context, part.port);
}

std::shared_ptr<ServedListener> Server::find(const std::string& name) const {
  const auto found =
      std::find_if(listeners_.begin(), listeners_.end(), [&](const auto& one) { return one->config.name == name; });
  return found == listeners_.end() ? nullptr : *found;
}

void Server::start() {
  drop_privileges(identity_);
  started_ = true;
  for (const auto& loop : loops_) {
    loop->start();
    loop->post(prepare_thread_for_crash);
  }
  if (pin_) pin_loops();
  for (const auto& listener : listeners_) {
    for (const ServedListener::Part& part : listener->parts) part.port->serve(part.context, round_robin_);
  }
  if (admin_) admin_->start();
}

/// Pins each loop to a processor, round robin if there are more loops.
void Server::pin_loops() {
  const std::vector<CpuSet> cpus = CpuSet::of_this_thread().each();
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    if (cpus.empty() || !loops_[i]->confine(cpus[i % cpus.size()])) {
      log_.event(LogLevel::warning, "not-pinned",
                 {{"loop", static_cast<std::int64_t>(i)},
                  {"text", "event_loops.pin: cannot choose a processor for an event loop"}});
    }
  }
}

std::vector<std::string> Server::listening() const {
  std::vector<std::string> lines;
  for (const auto& listener : listeners_) {
    for (std::string& line : lines_of(*listener)) lines.push_back(std::move(line));
  }
  if (admin_) {
    for (std::string& line : admin_->listening()) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> Server::listening(const std::string& name) const {
  const std::shared_ptr<ServedListener> listener = find(name);
  return listener ? lines_of(*listener) : std::vector<std::string>();
}

std::vector<ListenerTotals> Server::totals() const {
  std::vector<ListenerTotals> all;
  for (const auto& listener : listeners_) {
    for (const ServedListener::Part& part : listener->parts) {
      ListenerTotals totals = part.context->totals();
      if (&part == &listener->parts.front()) totals.plugin = listener->metrics->numbers();
      if (totals.any()) all.push_back(std::move(totals));
    }
  }
  return all;
}

void Server::tend() {
  if (reaper_->reap()) {
    const auto nothing = [](const char* /*why*/) {};  // no memory for the message: the next trim does it
    for (const auto& loop : loops_) run_guarded([&] { loop->post(give_back_end_of_own_heap); }, nothing);
  }
  listener_drain_.tend(Clock::now());
  if (started_) watchdog_.tend(Clock::now());
}

void Server::close_listeners() {
  for (const auto& listener : listeners_) {
    for (const ServedListener::Part& part : listener->parts) ports_.close(*part.port);
  }
}

bool Server::stop(const std::function<bool()>& hurry, std::chrono::nanoseconds linger) {
  stopped_ = true;
  close_listeners();
  const TimePoint now = Clock::now();
  const TimePoint deadline = now + drain_;
  bool hurried = wait_for([this] { return idle(); }, now + std::min(linger, drain_ / 2), hurry);
  for (const auto& loop : loops_) {
    loop->post([this, &loop = *loop] {
      loop.for_each([](Channel& channel) { channel.drain(); });
      ++draining_loops_;
    });
  }
  hurried = hurried || wait_for([this] { return drained(); }, deadline, hurry);
  if (!abort_channels(hurried ? kHurriedPatience : kWorkerPatience)) {
    log_.event(LogLevel::error, "loop-left", {{"text", "an event loop does not turn; leaving without it"}});
    return false;
  }
  if (!workers_.stop(kWorkerPatience.count())) {
    log_.event(LogLevel::error, "handler-left", {{"text", "a handler does not end; leaving without it"}});
    return false;
  }
  for (const auto& loop : loops_) loop->stop();
  admin_.reset();
  ports_.close_all();
  return true;
}

/// Any thread. Each loop ends its heaviest conversations; the last one is done with it.
void Server::relieve_memory() {
  relieving_loops_ = loops_.size();
  const auto done = [this] {
    if (--relieving_loops_ == 0) state_.memory.relieved();
  };
  for (const auto& loop : loops_) {
    const auto relieve = [this, done, &loop = *loop] {
      end_heaviest(loop, state_.memory);
      done();
    };
    run_guarded([&] { loop->post(relieve); }, [&](const char* /*why*/) { done(); });
  }
}

/// Waits until something is over or the deadline passes. Returns true if `hurry` has ended it.
bool Server::wait_for(const std::function<bool()>& over, TimePoint deadline, const std::function<bool()>& hurry) {
  while (!over() && Clock::now() < deadline) {
    std::this_thread::sleep_for(kDrainLook);
    watchdog_.tend(Clock::now());
    if (hurry()) return true;
  }
  return false;
}

/// Ends what is left on the loops. False if one of them has not come to it in that time.
bool Server::abort_channels(std::chrono::nanoseconds patience) {
  for (const auto& loop : loops_) {
    loop->post([this, &loop = *loop] {
      loop.for_each([this](Channel& channel) { cut_off(channel, log_); });
      ++aborted_loops_;
    });
  }
  const auto done = [this] { return aborted_loops_ == loops_.size(); };
  wait_for(done, Clock::now() + patience, [] { return false; });
  return done();
}

bool Server::idle() const {
  return std::all_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop->channels() == 0; });
}

bool Server::drained() const { return draining_loops_ == loops_.size() && idle(); }

}  // namespace netkit
