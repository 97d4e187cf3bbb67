#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netkit/identity.h"
#include "programs/protocol.h"

namespace netkit::programs {

/// The launcher program and the user that commands run as.
struct LauncherPlan {
  /// What the launcher does with its own privileges.
  enum class Privileges : std::uint8_t {
    inherit,  ///< Runs as the server does.
    give_up,  ///< Becomes `identity` at once, as the server itself will.
    keep,     ///< Keeps them and starts each command as `identity`; the commands cannot signal it.
  };

  std::string program;
  Privileges privileges = Privileges::inherit;
  Identity identity;

  std::vector<std::string> arguments() const;
  bool operator==(const LauncherPlan&) const = default;
};

/// One netkit-launcher process, in an empty environment; its standard input is the socket to it. Thread-safe.
class LauncherProcess {
 public:
  /// Starts the program and waits for its Hello. Throws std::runtime_error, one line, if there is none.
  explicit LauncherProcess(const LauncherPlan& plan);
  /// Ends the process and waits for it.
  ~LauncherProcess();
  LauncherProcess(const LauncherProcess&) = delete;
  LauncherProcess& operator=(const LauncherProcess&) = delete;

  /// Asks for a new supervisor, which gets the other end of `socket`. Returns 0 or errno: EPIPE or ECONNRESET if the
  /// launcher is gone.
  int supervise(std::uint64_t id, int socket);

  /// Tells the launcher to kill a supervisor and all that its command started.
  void discard(std::uint64_t id);

  /// True if the process has ended, or ends within a second: its sockets close a moment before it exits.
  bool ended() const;

  int pid() const { return process_; }

 private:
  void end();

  UniqueFd socket_;
  const pid_t process_;
};

}  // namespace netkit::programs
