#pragma once

#include <signal.h>

#include "netkit/unique_fd.h"

namespace netkit::client {

/// While one of these lives, SIGINT, SIGTERM and SIGHUP do not end the program but make descriptor() readable.
/// Destroyed, it gives them their former meaning, with those that were not taken taking effect at once. SignalWait that
/// are ignored stay so. One at a time, main thread.
class InterruptScope {
 public:
  /// Throws LocalError if the system has no descriptor left.
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  int descriptor() const { return signals_.get(); }

  /// Takes the signal that came, or returns 0.
  int take() const;

 private:
  sigset_t former_mask_;
  UniqueFd signals_;
};

}  // namespace netkit::client
