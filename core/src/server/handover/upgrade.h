#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/loop/deadline_wheel.h"
#include "netkit/unique_fd.h"
#include "server/ports/port_table.h"

namespace netkit {

/// How this program was started: what starts its next version.
struct Invocation {
  /// The path as it was called, made absolute, so that a file or link replaced since is followed.
  static Invocation of_this_program(int argc, char** argv);

  std::string path;
  std::vector<std::string> arguments;  ///< The first is what the program was called by.
};

/// A new server, started by this one, that takes its listening sockets over. It serves as soon as it can; both accept
/// from the same sockets then, so nobody is refused. Main thread.
class Upgrade {
 public:
  enum class State : std::uint8_t { starting, ready, failed };

  /// Starts it. It finds the sockets by LISTEN_FDS and LISTEN_FDNAMES, and this server by kHandoverParentVariable.
  /// Throws std::system_error.
  Upgrade(const Invocation& invocation, const Ports& ports);
  /// Ends the new server unless it is ready.
  ~Upgrade();
  Upgrade(const Upgrade&) = delete;
  Upgrade& operator=(const Upgrade&) = delete;

  /// How far it has come. A new server that takes too long, or ends, has failed.
  State look();
  /// Readable when look() has news; besides that, it has at deadline().
  int descriptor() const { return link_.get(); }
  TimePoint deadline() const { return deadline_; }

  pid_t pid() const { return pid_; }
  /// failed: why.
  const std::string& failure() const { return failure_; }

 private:
  void fail();

  UniqueFd link_;
  TimePoint deadline_;
  pid_t pid_ = -1;
  State state_ = State::starting;
  std::string failure_;
};

}  // namespace netkit
