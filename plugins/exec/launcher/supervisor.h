#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>

#include "protocol.h"

namespace netkit::exec {

/// The launcher's one loop: starts the commands the server asks for, signals their groups, reaps what ends and reports
/// it. When a command's first process has ended, what is left of its group is killed.
class Supervisor {
 public:
  /// `child_signals` is a non-blocking signalfd for SIGCHLD.
  Supervisor(UniqueFd server, UniqueFd child_signals);

  /// Serves until the server is gone, then kills every group that still runs.
  void serve();

 private:
  struct Running {
    std::uint64_t id = 0;
    UniqueFd reports;
  };

  bool answer_request();
  void run(const Request& request, ReceivedPacket& packet);
  void signal(const RequestHead& head);
  void reap_children();
  void end(pid_t pid, const Report& report);

  UniqueFd server_;
  UniqueFd child_signals_;
  std::string buffer_;
  std::unordered_map<pid_t, Running> running_;
};

}  // namespace netkit::exec
