#pragma once

#include <string>

#include "server/admin/server_administration.h"
#include "server/log/log.h"
#include "server/reloader.h"
#include "server/server.h"
#include "server/service_log.h"
#include "server/upgrade.h"

namespace netkit {

/// Does what operators ask for by the admin endpoint. Main thread.
class OperatorCommands {
 public:
  /// Everything given outlives it.
  OperatorCommands(ServerAdministration& administration, Server& server, Reloader& reloader, const Upgrade& upgrade,
                   ServerLog& log)
      : administration_(administration),
        server_(server),
        reloader_(reloader),
        upgrade_(upgrade),
        log_(log),
        service_log_(log) {}

  /// Does all that wait. To be called when descriptor() is readable.
  void act();
  int descriptor() const { return administration_.commands.descriptor(); }

 private:
  AdminOutcome outcome_of(const AdminCommand& command);
  AdminOutcome reload();
  AdminOutcome set_log_level(const std::string& name);
  AdminOutcome steer(const AdminCommand& command);

  ServerAdministration& administration_;
  Server& server_;
  Reloader& reloader_;
  const Upgrade& upgrade_;
  ServerLog& log_;
  ServiceLog service_log_;
};

}  // namespace netkit
