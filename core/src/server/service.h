#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "server/admin/server_administration.h"
#include "server/handover/handover_parent.h"
#include "server/log/log.h"
#include "server/operator_commands.h"
#include "server/process/main_watch.h"
#include "server/process/signal_receiver.h"
#include "server/reload/generation.h"
#include "server/reloader.h"
#include "server/server.h"
#include "server/service_log.h"
#include "server/upgrade.h"

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
  std::optional<int> wait(TimePoint end);
  bool wait_and_act();
  void be_lame_duck();
  void act_on(int signal);
  void warn_of_stuck_plugins();
  void log_totals();

  ServerLog& log_;
  ServiceLog service_log_{log_};
  SignalReceiver& signals_;
  std::optional<HandoverParent> parent_;
  Server server_;
  ServerAdministration administration_;
  Reloader reloader_;
  Upgrade upgrade_;
  OperatorCommands commands_;
  std::optional<MainWatch> main_watch_{};  // while it serves
  unsigned stuck_plugins_ = 0;
};

}  // namespace netkit
