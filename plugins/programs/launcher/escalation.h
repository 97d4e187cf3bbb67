#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace netkit::programs {

/// Signals the whole group, and its first process even if that has moved to another group.
void signal_group(pid_t leader, int signal);

/// Brings a command to its end, more and more firmly: it may end by itself, gets SIGTERM after `grace`, and SIGKILL
/// after as much again. Without grace it gets SIGKILL at once.
class Escalation {
 public:
  Escalation(pid_t leader, std::chrono::milliseconds grace) : leader_(leader), grace_(grace) {}

  /// Begins, unless it has begun.
  void begin();
  /// Takes the step whose time has come.
  void step();
  /// Until the next one, in milliseconds, as poll(2) wants it.
  int timeout() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase : std::uint8_t { idle, waiting, terminating, killed };

  void enter(Phase phase);

  const pid_t leader_;
  const std::chrono::milliseconds grace_;
  Phase phase_ = Phase::idle;
  Clock::time_point due_;
};

}  // namespace netkit::programs
