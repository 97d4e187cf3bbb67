#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "programs/launcher_process.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// The server's end of one supervisor, a process that runs one command at a time. One thread at a time.
class SupervisorLink {
 public:
  /// Asks the launcher for a supervisor. Does not wait for it: a request to it waits in the socket until it is there,
  /// and what it sends begins with its Hello. Throws std::system_error if this process lacks a resource,
  /// std::runtime_error if the launcher has ended.
  SupervisorLink(const std::shared_ptr<LauncherProcess>& launcher, std::uint64_t id);
  /// Ends the supervisor. That kills the command that still runs, if any, and all that it started; unless leave() was
  /// called: then the command has its grace.
  ~SupervisorLink();
  SupervisorLink(const SupervisorLink&) = delete;
  SupervisorLink& operator=(const SupervisorLink&) = delete;

  /// Waits for the supervisor. Throws std::runtime_error if it does not come.
  void await_supervisor();

  /// Starts a command, which gets copies of the descriptors. Returns 0 or errno: E2BIG if the command is too large,
  /// EPIPE or ECONNRESET if the supervisor is gone.
  int run(std::uint64_t id, const Command& command, const Streams& streams);

  /// Signals the process group of the running command; does nothing if it has ended.
  void signal(int signal);
  /// Has the running command end, see Command::grace.
  void end_command();

  /// Readable when the report has arrived.
  int descriptor() const { return socket_.get(); }
  /// Returns the report; nothing if the supervisor is gone, and its command with it. Does not block.
  std::optional<Report> take_report();
  /// For whoever reads the descriptor himself: takes over a packet, and returns the report if it is one. An empty
  /// packet is the end of the supervisor.
  std::optional<Report> take_packet(std::string_view packet);

  /// The supervisor is to end the command by itself when this link is closed.
  void leave() { left_ = true; }

  /// True if it can run another command.
  bool ready() const { return command_ == 0 && !gone_; }

 private:
  const std::weak_ptr<LauncherProcess> launcher_;  // weak, so that a launcher that has ended is destroyed and reaped
  const std::uint64_t id_;
  UniqueFd socket_;
  std::uint64_t command_ = 0;  // 0: no command runs
  bool gone_ = false;
  bool left_ = false;
};

}  // namespace netkit::programs
