#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "launcher_process.h"
#include "protocol.h"

namespace netkit::exec {

/// The server's end of one supervisor, a process that runs a command at a time. Used by one thread at a time.
class SupervisorLink {
 public:
  /// Has the launcher make one and waits until it is there. Throws std::system_error if this process is short of
  /// something, else std::runtime_error if it does not come.
  SupervisorLink(const std::shared_ptr<LauncherProcess>& launcher, std::uint64_t id);
  /// Ends it. Kills the command that still runs, if any, and all that it started.
  ~SupervisorLink();
  SupervisorLink(const SupervisorLink&) = delete;
  SupervisorLink& operator=(const SupervisorLink&) = delete;

  /// Asks for a command, which gets copies of the two descriptors. Returns 0 or errno: E2BIG if the command is too
  /// large, EPIPE or ECONNRESET if the supervisor is gone.
  int run(std::uint64_t id, const Command& command, int standard_output, int standard_error);

  /// SignalWait the group of the command that runs; does nothing if it has ended.
  void signal(int signal);

  /// Where to wait for the report.
  int descriptor() const { return socket_.get(); }
  /// The command's end; nothing if the supervisor is gone, and its command with it. Does not wait.
  std::optional<Report> take_report();

  /// False while a command runs, or if there will be no further one.
  bool ready() const { return command_ == 0 && !gone_; }

 private:
  const std::weak_ptr<LauncherProcess> launcher_;  // one that has ended is not kept, so that it is reaped
  const std::uint64_t id_;
  UniqueFd socket_;
  std::uint64_t command_ = 0;  // 0: none runs
  bool gone_ = false;
};

}  // namespace netkit::exec
