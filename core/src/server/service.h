#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "server/admin/server_administration.h"
#include "server/handover/handover_child.h"
#include "server/handover/handover_parent.h"
#include "server/log/log.h"
#include "server/process/signal_receiver.h"
#include "server/reload/generation.h"
#include "server/server.h"
#include "server/service_log.h"

namespace netkit {

/// How this server was started.
struct Start {
  Invocation invocation;
  PassedSockets sockets{};
  std::optional<HandoverParent> parent{};
};

/// The server as a process: starts it, acts on signals, reloads, hands over, stops. Main thread.
class Service {
 public:
  /// `log` and `signals` must outlive it. `generation` was loaded from `config_file`.
  Service(std::string config_file, std::unique_ptr<Generation> generation, std::shared_ptr<PluginLibraries> libraries,
          ServerLog& log, SignalReceiver& signals, Start start);

  /// Binds all sockets or takes those that were passed in. Returns the errors; serves nothing yet.
  Diagnostics bind();

  /// The server that this one is to follow, until it serves.
  std::optional<HandoverParent>& parent() { return parent_; }

  /// Serves until a signal, or until a new server has taken over. Writes the `listening` lines and `ready` to `out`.
  /// Returns false if a handler did not return, see Server::stop().
  bool run(std::ostream& out);

 private:
  void announce(std::ostream& out);
  void be_lame_duck();
  bool wait_and_act();
  void act_on(int signal);
  void act_on_commands();
  AdminOutcome outcome_of(const AdminCommand& command);
  AdminOutcome set_log_level(const std::string& name);
  AdminOutcome steer(const AdminCommand& command);
  AdminOutcome reload();
  std::unique_ptr<Generation> try_reload(Diagnostics& errors, std::vector<ListenerTotals>& before);
  void begin_upgrade();
  bool handed_over();
  void warn_of_stuck_plugins();
  void warn(const std::string& more);
  std::string report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before);
  void log_totals();
  /// An empty `listener` means all.
  void log_totals(const std::vector<ListenerTotals>& all, std::string_view listener = {});

  const std::string config_file_;
  std::shared_ptr<PluginLibraries> libraries_;
  ServerLog& log_;
  ServiceLog service_log_{log_};
  SignalReceiver& signals_;
  std::unique_ptr<Generation> generation_;
  Invocation invocation_;
  std::optional<HandoverParent> parent_;
  Server server_;
  ServerAdministration administration_;
  std::unique_ptr<HandoverChild> child_;  // not null while a new server starts
  unsigned stuck_plugins_ = 0;
};

}  // namespace netkit
