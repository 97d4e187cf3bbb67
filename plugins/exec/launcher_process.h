#pragma once

#include <Poco/Process.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netkit/identity.h"
#include "protocol.h"

namespace netkit::exec {

/// Which program starts commands, and whom they run as.
struct LauncherPlan {
  /// What becomes of the launcher's own privileges.
  enum class Privileges : std::uint8_t {
    inherit,  ///< It runs as the server does.
    give_up,  ///< It becomes `identity` at once, as the server itself will.
    keep,     ///< It stays what it is and starts each command as `identity`; its commands cannot signal it.
  };

  std::string program;
  Privileges privileges = Privileges::inherit;
  Identity identity;

  std::vector<std::string> arguments() const;
  bool operator==(const LauncherPlan&) const = default;
};

/// One netkit-launcher, started by Poco::Process and talked to through its standard input. Thread-safe.
class LauncherProcess {
 public:
  /// Starts the program and waits for its hello. Throws std::runtime_error, one line, if there is none.
  explicit LauncherProcess(const LauncherPlan& plan);
  /// Ends it, and waits for it.
  ~LauncherProcess();
  LauncherProcess(const LauncherProcess&) = delete;
  LauncherProcess& operator=(const LauncherProcess&) = delete;

  /// Asks for a supervisor that is talked to through the other end of `socket`. Returns 0 or errno: EPIPE or ECONNRESET
  /// if the launcher is gone.
  int supervise(std::uint64_t id, int socket);

  /// Has a supervisor killed, with all that its command started.
  void discard(std::uint64_t id);

  /// True if the process has ended, or does so within a second: its sockets close a moment before.
  bool ended() const;

  int pid() const { return process_.id(); }

 private:
  void end();

  UniqueFd socket_;
  Poco::ProcessHandle process_;
};

}  // namespace netkit::exec
