#pragma once

#include <memory>
#include <utility>

#include "base/clock.h"
#include "server/handover/handover_child.h"
#include "server/handover/invocation.h"
#include "server/ports/port_table.h"
#include "server/service_log.h"

namespace netkit {

/// Replaces this server by a new one that is started as this one was. This one goes on if the new one fails. Main
/// thread.
class Upgrade {
 public:
  /// `log` must outlive it.
  Upgrade(Invocation invocation, Log& log) : invocation_(std::move(invocation)), log_(log) {}

  /// Starts a new server, which takes over the sockets of `ports`. Logs it if that fails.
  void begin(const PortTable& ports);
  /// True while a new server starts.
  bool running() const { return child_ != nullptr; }

  /// Returns true once the new server serves. Logs that, and the failure of one that has failed, which it forgets. To
  /// be called when descriptor() is readable, and at deadline().
  bool handed_over();
  /// -1 while no new server starts.
  int descriptor() const { return child_ ? child_->descriptor() : -1; }
  /// TimePoint::max() while no new server starts.
  TimePoint deadline() const { return child_ ? child_->deadline() : TimePoint::max(); }

  /// Ends a new server that is not ready. Returns true if there is one that serves.
  bool end();

 private:
  const Invocation invocation_;
  ServiceLog log_;
  std::unique_ptr<HandoverChild> child_;  // not null while a new server starts
};

}  // namespace netkit
