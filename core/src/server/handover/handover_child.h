#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "host/loop/deadline_wheel.h"
#include "netkit/unique_fd.h"
#include "server/handover/invocation.h"
#include "server/ports/port_table.h"

namespace netkit {

/// The child's end of a handover, as the old server sees it: starts a new server, which takes over the listening
/// sockets. Until the old one stops, both accept from them, so no connection is refused. HandoverParent is the other
/// end. Main thread.
class HandoverChild {
 public:
  enum class State : std::uint8_t { starting, ready, failed };

  /// Starts the new server. It finds the sockets by LISTEN_FDS and LISTEN_FDNAMES, and the way back by
  /// kHandoverParentVariable. Throws std::system_error.
  HandoverChild(const Invocation& invocation, const Ports& ports);
  /// Ends the child unless it is ready.
  ~HandoverChild();
  HandoverChild(const HandoverChild&) = delete;
  HandoverChild& operator=(const HandoverChild&) = delete;

  /// Updates the state. A child that exits or takes too long has failed.
  State look();
  /// Readable when look() may return another state; so may it at deadline().
  int descriptor() const { return link_.get(); }
  TimePoint deadline() const { return deadline_; }

  pid_t pid() const { return pid_; }
  /// failed: the reason.
  const std::string& failure() const { return failure_; }

 private:
  void fail();
  bool read_link();

  UniqueFd link_;
  TimePoint deadline_;
  pid_t pid_ = -1;
  State state_ = State::starting;
  std::string cause_;  // as the child has told it
  std::string failure_;
};

}  // namespace netkit
