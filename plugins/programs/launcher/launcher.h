#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "netkit/identity.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// The main loop of the launcher: starts the supervisors that the server asks for. It is the subreaper above them and
/// kills what a dead supervisor leaves behind.
class LauncherLoop {
 public:
  /// `child_signals` is a non-blocking signalfd for SIGCHLD. If `identity` is set, commands run as it.
  LauncherLoop(UniqueFd server, UniqueFd child_signals, std::optional<Identity> identity);

  /// Serves until the server is gone, then kills everything that is left.
  void serve();

 private:
  bool answer_request();
  void supervise(std::uint64_t id, UniqueFd socket);
  void discard(std::uint64_t id);
  void reap_children();

  UniqueFd server_;
  UniqueFd child_signals_;
  const std::optional<Identity> identity_;
  std::string buffer_;
  std::map<std::uint64_t, pid_t> supervisors_;
};

}  // namespace netkit::programs
