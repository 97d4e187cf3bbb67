#pragma once

#include <signal.h>

#include <array>

namespace netkit::client {

/// While one of these lives, SIGINT, SIGTERM and SIGHUP do not end the program: they are held back until wait_mask()
/// lets them in at a ppoll(2), and then remembered. Destroyed, it gives the signals their former meaning, with those
/// still held back taking effect at once. Signals that are ignored stay so. One at a time, main thread.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  /// The signal that came, or 0.
  int signal() const;

  /// The signal mask to wait with.
  const sigset_t* wait_mask() const { return &former_mask_; }

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

  sigset_t former_mask_;
  std::array<struct sigaction, kSignals.size()> former_actions_;
};

}  // namespace netkit::client
