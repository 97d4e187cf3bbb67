#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/identity.h"
#include "programs/launcher/escalation.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// A supervisor: a process that runs one command after the other for the server. It is the subreaper of its command:
/// however often that forks, and whatever session it moves to, its processes stay descendants of this one and are
/// killed when the command ends. This process has no other children, so it needs no list of them.
class Supervisor {
 public:
  /// `child_signals` is a non-blocking signalfd for SIGCHLD. If `identity` is set, commands run as it.
  Supervisor(UniqueFd server, UniqueFd child_signals, std::optional<Identity> identity);

  /// Serves until the server is gone; leaves no command behind.
  void serve();

 private:
  void run(const Request& request, ReceivedPacket& packet);
  Report await_end(std::uint64_t id, pid_t leader, Escalation& escalation);
  bool take_request(std::uint64_t id, pid_t leader, Escalation& escalation);
  std::optional<Report> reap(pid_t leader);

  UniqueFd server_;
  UniqueFd child_signals_;
  const std::optional<Identity> identity_;
  std::string buffer_;
};

}  // namespace netkit::programs
