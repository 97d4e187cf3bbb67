#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "netkit/identity.h"
#include "protocol.h"

namespace netkit::exec {

/// The life of a supervisor: a process that runs one command after the other for the server. It is the subreaper of
/// what the command starts: however often that forks and whatever session it moves to, it stays below this process,
/// and is killed with the command's end. Nothing else has children here, so that needs no list.
class Supervisor {
 public:
  /// `child_signals` is a non-blocking signalfd for SIGCHLD. Commands run as `identity` if there is one.
  Supervisor(UniqueFd server, UniqueFd child_signals, std::optional<Identity> identity);

  /// Serves until the server is gone; then no command is left.
  void serve();

 private:
  void run(const Request& request, ReceivedPacket& packet);
  Report await_end(std::uint64_t id, pid_t leader);
  bool take_signal(std::uint64_t id, pid_t leader);
  std::optional<Report> reap(pid_t leader);

  UniqueFd server_;
  UniqueFd child_signals_;
  const std::optional<Identity> identity_;
  std::string buffer_;
};

}  // namespace netkit::exec
