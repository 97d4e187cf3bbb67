#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "server/generation.h"
#include "server/handover/handover_parent.h"
#include "server/handover/upgrade.h"
#include "server/log/log.h"
#include "server/server.h"
#include "server/signal_wait.h"

namespace netkit {

/// How a server came to be started.
struct Start {
  Invocation invocation;
  PassedSockets sockets{};
  std::optional<HandoverParent> parent{};
};

/// A server run as an operator expects: it starts, obeys signals, reloads its config, ends. Main thread.
class Service {
 public:
  /// `log` and `signals` outlive it. `generation` is what `config_file` said when the program started.
  Service(std::string config_file, std::unique_ptr<Generation> generation, std::shared_ptr<PluginLibraries> libraries,
          ServerLog& log, SignalWait& signals, Start start);

  /// Binds everything, or takes the sockets that were passed in. Returns what cannot be had; nothing is served yet.
  Diagnostics bind();

  /// Serves until a signal, or a new server that has taken the sockets over, ends it. The lines about what is
  /// listening, and `ready`, go to `out`. Returns false if a handler did not end, see Server::stop().
  bool run(std::ostream& out);

 private:
  void announce(std::ostream& out);
  bool wait_and_act();
  void act_on(int signal);
  void reload();
  std::unique_ptr<Generation> try_reload(Diagnostics& errors, std::vector<ListenerTotals>& before);
  void begin_upgrade();
  bool handed_over();
  void warn_of_stuck_plugins();
  void report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before);
  void log_totals();
  /// Of all listeners if none is named.
  void log_totals(const std::vector<ListenerTotals>& all, std::string_view listener = {});

  const std::string config_file_;
  std::shared_ptr<PluginLibraries> libraries_;
  ServerLog& log_;
  SignalWait& signals_;
  std::unique_ptr<Generation> generation_;
  Invocation invocation_;
  std::optional<HandoverParent> parent_;
  Server server_;
  std::unique_ptr<Upgrade> upgrade_;  // while a new server starts
  unsigned stuck_plugins_ = 0;
};

}  // namespace netkit
