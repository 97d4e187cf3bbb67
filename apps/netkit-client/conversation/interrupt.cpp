#include "netkit-client/conversation/interrupt.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

/// True if a signal is ignored, for example by nohup. A signalfd would receive it nevertheless.
bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

}  // namespace

InterruptScope::InterruptScope(std::initializer_list<int> signals) {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : signals) {
    if (!is_ignored(signal)) sigaddset(&held, signal);
  }
  signals_ = UniqueFd(::signalfd(-1, &held, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_) throw system_failure("cannot watch for signals");
  ::sigprocmask(SIG_BLOCK, &held, &former_mask_);
}

InterruptScope::~InterruptScope() { ::sigprocmask(SIG_SETMASK, &former_mask_, nullptr); }

int InterruptScope::take() const {
  signalfd_siginfo signal{};
  const ssize_t count = ::read(signals_.get(), &signal, sizeof signal);
  return count == sizeof signal ? static_cast<int>(signal.ssi_signo) : 0;
}

}  // namespace netkit::client
