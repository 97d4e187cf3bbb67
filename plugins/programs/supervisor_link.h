#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "programs/launcher_process.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// The server's end of one supervisor, a process that runs one command at a time. One thread at a time.
class SupervisorLink {
 public:
  /// Asks the launcher for a supervisor and waits for it. Throws std::system_error if this process lacks a resource,
  /// std::runtime_error if the supervisor does not come.
  SupervisorLink(const std::shared_ptr<LauncherProcess>& launcher, std::uint64_t id);
  /// Ends the supervisor. That kills the command that still runs, if any, and all that it started.
  ~SupervisorLink();
  SupervisorLink(const SupervisorLink&) = delete;
  SupervisorLink& operator=(const SupervisorLink&) = delete;

  /// Starts a command, which gets copies of the two descriptors. Returns 0 or errno: E2BIG if the command is too large,
  /// EPIPE or ECONNRESET if the supervisor is gone.
  int run(std::uint64_t id, const Command& command, int standard_output, int standard_error);

  /// Signals the process group of the running command; does nothing if it has ended.
  void signal(int signal);

  /// Readable when the report has arrived.
  int descriptor() const { return socket_.get(); }
  /// Returns the report; nothing if the supervisor is gone, and its command with it. Does not block.
  std::optional<Report> take_report();

  /// True if it can run another command.
  bool ready() const { return command_ == 0 && !gone_; }

 private:
  const std::weak_ptr<LauncherProcess> launcher_;  // weak, so that a launcher that has ended is destroyed and reaped
  const std::uint64_t id_;
  UniqueFd socket_;
  std::uint64_t command_ = 0;  // 0: no command runs
  bool gone_ = false;
};

}  // namespace netkit::programs
