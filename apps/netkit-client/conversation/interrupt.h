#pragma once

#include <signal.h>

#include <initializer_list>

#include "netkit/unique_fd.h"

namespace netkit::client {

/// While it exists, some signals do not end the program but make descriptor() readable. The destructor restores the old
/// behaviour, and pending signals take effect at once. Ignored signals stay ignored. One may stand within another; the
/// inner one gets the signals. Main thread.
class InterruptScope {
 public:
  /// Throws LocalError if there is no free descriptor.
  explicit InterruptScope(std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP});
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
