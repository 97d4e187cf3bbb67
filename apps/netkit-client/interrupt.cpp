#include "netkit-client/interrupt.h"

#include <cstddef>

namespace netkit::client {
namespace {

volatile sig_atomic_t caught = 0;

void remember(int signal) { caught = signal; }

}  // namespace

InterruptScope::InterruptScope() {
  caught = 0;
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : kSignals) sigaddset(&held, signal);
  ::sigprocmask(SIG_BLOCK, &held, &former_mask_);

  struct sigaction action {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &former_actions_[i]);
    const bool ignored = former_actions_[i].sa_handler == SIG_IGN;  // by nohup, say: it stays so
    if (!ignored) ::sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptScope::~InterruptScope() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &former_actions_[i], nullptr);
  ::sigprocmask(SIG_SETMASK, &former_mask_, nullptr);
}

int InterruptScope::signal() const { return caught; }

}  // namespace netkit::client
