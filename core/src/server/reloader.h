#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/admin/server_administration.h"
#include "server/log/log.h"
#include "server/reload/generation.h"
#include "server/server.h"
#include "server/service_log.h"

namespace netkit {

/// Loads the config file again and lets the server go over to it. Holds what is served now. Main thread.
class Reloader {
 public:
  /// Everything given by reference outlives it. `generation` was loaded from `config_file`.
  Reloader(std::string config_file, std::unique_ptr<Generation> generation, std::shared_ptr<PluginLibraries> libraries,
           Server& server, ServiceFacts& facts, ServerLog& log);

  const std::string& config_file() const { return config_file_; }
  /// What the server serves now.
  const ServerConfig& config() const { return generation_->config(); }

  /// Applies the first config to a server that has no threads yet. Returns the errors.
  Diagnostics begin();

  /// The outcome has a line for each change, or each error. After an error, the server goes on as it was.
  AdminOutcome reload();

 private:
  /// What a reload has changed.
  struct Reloaded {
    ReloadPlan plan;
    std::vector<ListenerTotals> before;  ///< At the moment of the change.
  };

  std::optional<Reloaded> try_reload(Diagnostics& errors);
  void follow(const Reloaded& reloaded, AdminOutcome& outcome);
  std::string report(const ReloadPlan& plan, const std::vector<ListenerTotals>& before);
  void report(const Diagnostics& errors, AdminOutcome& outcome);
  void warn(const std::string& more);

  const std::string config_file_;
  const std::shared_ptr<PluginLibraries> libraries_;
  std::unique_ptr<Generation> generation_;
  Server& server_;
  ServiceFacts& facts_;
  ServerLog& log_;
  ServiceLog service_log_;
};

}  // namespace netkit
