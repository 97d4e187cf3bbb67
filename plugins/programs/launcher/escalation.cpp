#include "programs/launcher/escalation.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace netkit::programs {

void signal_group(pid_t leader, int signal) {
  ::kill(-leader, signal);
  if (::getpgid(leader) != leader) ::kill(leader, signal);
}

void Escalation::begin() {
  if (phase_ != Phase::idle) return;
  enter(Phase::waiting);
  if (grace_.count() > 0) return;
  signal_group(leader_, SIGKILL);
  enter(Phase::killed);
}

void Escalation::step() {
  if (timeout() != 0) return;
  if (phase_ == Phase::waiting) {
    signal_group(leader_, SIGTERM);
    signal_group(leader_, SIGCONT);  // a stopped process does not act on SIGTERM
    enter(Phase::terminating);
  } else {
    signal_group(leader_, SIGKILL);
    enter(Phase::killed);
  }
}

int Escalation::timeout() const {
  if (phase_ == Phase::idle || phase_ == Phase::killed) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void Escalation::enter(Phase phase) {
  phase_ = phase;
  due_ = Clock::now() + grace_;
}

}  // namespace netkit::programs
