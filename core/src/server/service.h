#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "server/generation.h"
#include "server/server.h"
#include "server/signals.h"

namespace netkit {

/// A server run as an operator expects: it starts, obeys signals, reloads its config, ends. Main thread.
class Service {
 public:
  /// `log` and `signals` outlive it. `generation` is what `config_file` said when the program started.
  Service(std::string config_file, std::unique_ptr<Generation> generation, std::shared_ptr<PluginLibraries> libraries,
          Log& log, Signals& signals);

  /// Binds everything. Returns what cannot be had; nothing is served yet.
  Diagnostics bind();

  /// Serves until a signal ends it. The lines about what is listening, and `ready`, go to `out`. Returns false if a
  /// handler did not end, see Server::stop().
  bool run(std::ostream& out);

 private:
  void act_on(int signal);
  void reload();
  void report(const ReloadPlan& plan);

  const std::string config_file_;
  std::shared_ptr<PluginLibraries> libraries_;
  Log& log_;
  Signals& signals_;
  std::unique_ptr<Generation> generation_;
  Server server_;
};

}  // namespace netkit
