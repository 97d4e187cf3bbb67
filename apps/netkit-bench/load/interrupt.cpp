#include "netkit-bench/load/interrupt.h"

#include <csignal>

namespace netkit::bench {
namespace {

volatile std::sig_atomic_t seen = 0;

}  // namespace

void catch_interrupt() {
  struct sigaction action {};
  if (::sigaction(SIGINT, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = [](int) { seen = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return seen != 0; }

}  // namespace netkit::bench
