#pragma once

#include <signal.h>

#include "netkit/unique_fd.h"

namespace netkit::client {

/// While it exists, SIGINT, SIGTERM and SIGHUP do not end the program but make descriptor() readable. The destructor
/// restores the old behaviour, and pending signals take effect at once. Ignored signals stay ignored. One at a time,
/// main thread.
class InterruptScope {
 public:
  /// Throws LocalError if there is no free descriptor.
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  int descriptor() const { return signals_.get(); }

  /// Returns the pending signal, or 0.
  int take() const;

 private:
  sigset_t former_mask_;
  UniqueFd signals_;
};

}  // namespace netkit::client
