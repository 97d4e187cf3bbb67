#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "launcher/supervisor.h"

namespace netkit::exec {
namespace {

/// Moves the server's socket away from standard input and puts /dev/null on it and on standard output, so that
/// commands get the one and nobody waits for the end of the other. Standard error stays the server's.
UniqueFd take_standard_streams() {
  constexpr int kFirstFree = STDERR_FILENO + 1;
  UniqueFd server = checked_descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kFirstFree), "standard input");
  UniqueFd null = checked_descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
  null = checked_descriptor(::fcntl(null.get(), F_DUPFD_CLOEXEC, kFirstFree), "/dev/null");
  ::dup2(null.get(), STDIN_FILENO);
  ::dup2(null.get(), STDOUT_FILENO);
  // Left free, it would be taken by a descriptor that comes with a request.
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null.get(), STDERR_FILENO);
  return server;
}

/// Signals that the server's terminal or service manager sends to all must not end the launcher: it ends when its
/// socket does. Blocked rather than ignored, since commands inherit what is ignored.
UniqueFd block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  return checked_descriptor(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
}

void serve() {
  UniqueFd child_signals = block_signals();
  UniqueFd server = take_standard_streams();
  ::setsid();  // no terminal for the commands
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_errno("prctl");
  const Hello hello;
  const std::string_view packet(reinterpret_cast<const char*>(&hello), sizeof hello);
  if (send_packet(server.get(), packet, {}) != 0) {
    throw std::runtime_error("is started by netkit-server's exec handler, with a socket as standard input");
  }
  Supervisor(std::move(server), std::move(child_signals)).serve();
}

}  // namespace
}  // namespace netkit::exec

int main() {
  try {
    netkit::exec::serve();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "netkit-launcher: " << error.what() << '\n';
    return 1;
  }
}
