#pragma once

#include <array>
#include <csignal>
#include <deque>
#include <mutex>
#include <optional>

#include "host/loop/deadline_wheel.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Receives the signals that a server acts on, one by one on the main thread. Create it before any other thread, so
/// that all threads block them.
class SignalReceiver {
 public:
  /// Blocks INT, TERM, HUP, USR1 and USR2, and ignores PIPE. Throws std::system_error.
  SignalReceiver();

  /// Waits until a signal arrives, `deadline` passes, or one of `others` (descriptors, -1: none) is readable. Returns
  /// the signal, if any.
  std::optional<int> wait(TimePoint deadline, const std::array<int, 3>& others);

  /// True if INT or TERM has arrived. Discards it and all signals before it.
  bool asked_to_end();

  /// How many of the signals that wait are INT or TERM, those that come between two calls each counted. They stay to be
  /// received. Any thread.
  int ends_that_wait();

  static bool ends_server(int signal) { return signal == SIGINT || signal == SIGTERM; }

 private:
  std::optional<int> next();
  std::optional<int> read_next();
  bool has_kept();

  UniqueFd descriptor_;
  std::mutex mutex_;
  std::deque<int> kept_;  // read, and not received yet; guarded by mutex_
};

}  // namespace netkit
