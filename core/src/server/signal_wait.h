#pragma once

#include <array>
#include <csignal>
#include <optional>

#include "host/loop/deadline_wheel.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// The signals a server acts on, taken one by one by the main thread. Made before any other thread is, so that all
/// have them blocked.
class SignalWait {
 public:
  /// Blocks INT, TERM, HUP, USR1 and USR2, and ignores PIPE. Throws std::system_error.
  SignalWait();

  /// Waits for a signal until `deadline`, or until one of `others` (descriptors, -1: none) is readable. Nothing if
  /// there was none.
  std::optional<int> wait(TimePoint deadline, const std::array<int, 2>& others);

  /// True if a signal to end has come. Takes it, and with it any other that came before it.
  bool asked_to_end();

  static bool ends_server(int signal) { return signal == SIGINT || signal == SIGTERM; }

 private:
  std::optional<int> next();

  UniqueFd descriptor_;
};

}  // namespace netkit
